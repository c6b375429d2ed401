"""Pasted text is reduced to what a reader would say."""

from __future__ import annotations

import pytest

from dh_core.errors import UnspeakableText, UnsupportedLanguage
from dh_text.cleaning import clean

CASES = {
    "你好😀👍🏽世界": "你好世界",
    "我爱中国🇨🇳": "我爱中国",
    "控\u200b制\x00符号": "控制 符号",
    "ＡＰＩ１２，好": "API12，好",
    "好！！！真的？？？": "好！真的？",
    "等等。。。。": "等等…",
    "请看https://www.example.com/a?b=1。": "请看 www 点 example 点 com 。",
    "联系a.b@mail.example.com吧": "联系 a 点 b 艾特 mail 点 example 点 com 吧",
    "Visit example.com now": "Visit example dot com now",
    "**重点**：看[这里](https://a.com/x)": "重点：看这里",
    "# 标题\n> 引用\n- 一\n* 二": "标题\n引用\n一\n二",
    "```python\n正文\n```": "正文",
    "<p>你好<br/>世界&nbsp;&amp;我</p><script>alert(1)</script>": "你好\n世界 &我",
    "第一段\r\n\r\n\r\n第二段": "第一段\n第二段",
    "温度α": "温度阿尔法",
    "他说「好」": "他说“好”",
    "约翰·史密斯看3·15": "约翰 史密斯看3·15",
    "100㎡，5μm": "100㎡，5μm",
    "1️⃣打开": "1，打开",
    "20 ~ 30元，好～": "20 ~ 30元，好，",
    "−5℃，H₂O": "-5℃，H2O",
    "３：１，１７：２０": "3：1，17：20",
}


@pytest.mark.parametrize(("typed", "read"), CASES.items())
def test_what_is_not_read_out_goes(typed: str, read: str) -> None:
    assert clean(typed) == read


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Привет, как дела?", "Russian"),
        ("مرحبا بالعالم", "Arabic"),
        ("สวัสดีชาวโลก", "Thai"),
        ("안녕하세요", "Korean"),
        ("こんにちは世界", "Japanese"),
        ("你好，Привет мир", "Russian"),
    ],
)
def test_a_foreign_text_is_refused_by_the_name_of_its_language(text: str, language: str) -> None:
    with pytest.raises(UnsupportedLanguage, match=language) as refused:
        clean(text)
    assert refused.value.error_code == "unsupported_language"
    assert isinstance(refused.value, UnspeakableText)


def test_a_few_foreign_letters_in_a_long_text_are_skipped() -> None:
    assert clean("这家店的名字里有一个俄文字母Ж，很多人不会念它。").startswith("这家店")
