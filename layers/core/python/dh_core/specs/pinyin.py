"""Pinyin as people write it in a pronunciation hint: which syllables exist, and how to read them.

The syllables are those of the readings in pypinyin's character dictionary (MIT), without the
nasal interjections; `v` stands for ü.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Final

from dh_core.field_rules import shown

_WRITTEN_OUT: Final = """
a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang
cao ce cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan
chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di
dia dian diao die ding diu dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng
fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha
hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang
jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke kei ken keng kong kou ku kua
kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia lian liang liao lie lin ling
liu lo long lou lu luan lun luo lv lve ma mai man mang mao me mei men meng mi mian miao mie min
ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong
nou nu nuan nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou
pu qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri
rong rou ru rua ruan rui run ruo sa sai san sang sao se sen seng sha shai shan shang shao she
shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun
suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan
wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan
yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha
zhai zhan zhang zhao zhe zhei zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun
zhuo zi zong zou zu zuan zui zun zuo
"""
SYLLABLES: Final = frozenset(_WRITTEN_OUT.split())

_LONGEST: Final = 10
_WRITTEN: Final = re.compile(r"([a-zü:]+)([1-5])")


_TONE_MARKS: Final = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}


def parse(text: str) -> tuple[str, ...] | None:
    """`"lü4 xing2"` → `("lv4", "xing2")`; None unless all of it is syllables with a tone, 1-5."""
    syllables = tuple(map(_syllable, text.split()))
    return tuple(filter(None, syllables)) if syllables and all(syllables) else None


def fault(text: str) -> str | None:
    """Which part of a text is no syllable with its tone, and what was probably meant."""
    for number, part in enumerate(text.split(), start=1):
        if _syllable(part) is None:
            return (
                f'syllable {number}, "{shown(part)}", is not pinyin with a tone number 1 to 5, as '
                f'in "chan2 yu2"{_advice(part)}'
            )
    return None if text.split() else 'it is not pinyin with tone numbers 1 to 5, as in "chan2 yu2"'


def _syllable(part: str) -> str | None:
    """One syllable as it is written everywhere here: `Lü4` → `lv4`."""
    written = _WRITTEN.fullmatch(part.lower())
    if written is None:
        return None
    plain = written[1].replace("u:", "v").replace("ü", "v")
    return plain + written[2] if plain in SYLLABLES else None


def _advice(part: str) -> str:
    letters = unicodedata.normalize("NFD", part.lower()).replace("u\u0308", "ü")
    tones = [_TONE_MARKS[one] for one in letters if one in _TONE_MARKS]
    plain = "".join(one for one in letters if one.isalpha()).replace("ü", "v")
    if plain in SYLLABLES:
        return f'; write "{plain}{tones[0]}"' if tones else "; add its tone"
    near = difflib.get_close_matches(plain[:_LONGEST], SYLLABLES, n=1)
    tone = next((one for one in part if one in "12345"), "")
    return f'; perhaps "{near[0]}{tone}" is meant' if near else ""
