"""How Chinese characters are said: pinyin without tones. Pure.

The package's own table of words costs a worker 45 MB and changes 2 % of a real catalogue's names.
It is left out: the characters' first readings stand, but for the words of this field below. The
rest is 11 MB, and loaded when somebody first publishes or searches.
"""

import os
from collections.abc import Callable
from functools import cache

_OTHERWISE = (
    "会计 kuai ji|银行 yin hang|行业 hang ye|同行 tong hang|央行 yang hang|商行 shang hang|"
    "调解 tiao jie|调整 tiao zheng|协调 xie tiao|调控 tiao kong|调剂 tiao ji|空调 kong tiao|"
    "校验 jiao yan|校准 jiao zhun|校对 jiao dui|给付 ji fu|供给 gong ji|补给 bu ji|"
    "返还 fan huan|退还 tui huan|归还 gui huan|偿还 chang huan|交还 jiao huan|还款 huan kuan|"
    "重建 chong jian|重新 chong xin|重复 chong fu|重组 chong zu|长期 chang qi|长度 chang du|"
    "长途 chang tu|延长 yan chang|畜牧 xu mu|畜产 xu chan|畜禽 chu qin|结扎 jie za|"
    "传记 zhuan ji|音乐 yin yue|处方 chu fang|处理 chu li|处罚 chu fa|处置 chu zhi|"
    "参差 cen ci|差旅 chai lv|出差 chu chai|种植 zhong zhi|接种 jie zhong|播种 bo zhong|"
    "养殖 yang zhi|骨殖 gu shi|血液 xue ye|称职 chen zhi|称重 cheng zhong|朝阳 chao yang|"
    "降解 jiang jie|投降 tou xiang|重庆 chong qing|六安 lu an|都江堰 du jiang yan|厦门 xia men|"
    "弹药 dan yao|弹性 tan xing|藏族 zang zu|储藏 chu cang|省级 sheng ji|反省 fan xing|"
    "便宜 pian yi|曾祖 zeng zu|屏蔽 ping bi|屏气 bing qi|勘探 kan tan|率领 shuai ling|"
    "宿舍 su she|舍弃 she qi|提供 ti gong|供养 gong yang|口供 kou gong|卡口 qia kou"
)
"""Words in which a character is not said as it is by itself; `|` between them."""


@cache
def _speaker() -> Callable[[str], list[str]]:
    # The package reads both when it is loaded.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import Style, lazy_pinyin, load_phrases_dict  # noqa: PLC0415 - see above

    words = {}
    for entry in _OTHERWISE.split("|"):
        word, *said = entry.split()
        words[word] = [[syllable] for syllable in said]
    load_phrases_dict(words)

    def speak(text: str) -> list[str]:
        return lazy_pinyin(text, style=Style.NORMAL, errors=" ".join)

    return speak


def syllables(text: str) -> list[str]:
    """The pinyin of each Chinese character of `text`; other letters and digits one by one."""
    return [syllable for part in _speaker()(text) for syllable in part.split()]
