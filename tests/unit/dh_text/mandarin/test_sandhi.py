"""Tones of running speech."""

from __future__ import annotations

import pytest

from dh_text.mandarin import read_phrase

CASES = {
    # third tones
    "你好": "ni2 hao3", "展览馆": "zhan2 lan2 guan3", "小老虎": "xiao3 lao2 hu3",
    "蒙古语": "meng2 gu2 yu3", "美好": "mei2 hao3", "所有老师": "suo2 you3 lao3 shi1",
    "想想": "xiang2 xiang5", "椅子": "yi3 zi5",
    # 一
    "一天": "yi4 tian1", "一年": "yi4 nian2", "一起": "yi4 qi3", "一样": "yi2 yang4",
    "一个": "yi2 ge4", "第一": "di4 yi1", "统一": "tong3 yi1", "星期一": "xing1 qi1 yi1",
    "一百": "yi4 bai3", "一万": "yi2 wan4", "一月一号": "yi1 yue4 yi1 hao4",
    "看一看": "kan4 yi5 kan4", "二十一": "er4 shi2 yi1", "一点五": "yi1 dian2 wu3",
    "百分之一": "bai3 fen1 zhi1 yi1", "十一个": "shi2 yi1 ge4", "万一": "wan4 yi1",
    # 不
    "不好": "bu4 hao3", "不是": "bu2 shi4", "不对": "bu2 dui4", "是不是": "shi4 bu5 shi4",
    "看不懂": "kan4 bu5 dong3", "好不好": "hao3 bu5 hao3",
    # neutral
    "妈妈": "ma1 ma5", "谢谢": "xie4 xie5", "朋友": "peng2 you5", "看看": "kan4 kan5",
    "请量量身高": "qing3 liang2 liang5 shen1 gao1", "你数数": "ni3 shu2 shu5",
    "花儿": "hua1 er5", "小孩儿": "xiao3 hai2 er5", "一会儿": "yi2 hui4 er5",
    "我们": "wo3 men5", "好吗": "hao3 ma5", "走了": "zou3 le5",
}  # fmt: skip


@pytest.mark.parametrize(("text", "spoken"), CASES.items())
def test_tones_change_as_in_speech(text: str, spoken: str) -> None:
    assert " ".join(one for word in read_phrase(text) for one in word.readings) == spoken
