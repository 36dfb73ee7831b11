"""How likely text of Chinese, Japanese or Korean characters is, in bits: what tells their encodings apart.

Each of these encodings lists its everyday characters before the rare ones, so the place of a character in the list
already says how likely it is; the commonest are named here, and those that goods are described with.
"""

from __future__ import annotations

from functools import cache

WIDE_BITS = {"cp932": 5, "gb18030": 5, "cp949": 5, "big5": 6, "euc_jp": 7}
"""Encodings of one or two (gb18030: four) bytes a character, with the bits each says before a byte is seen."""

_EVERYDAY = {
    "gb18030": ("gb2312", 0xD7),
    "big5": ("big5", 0xC6),
    "cp932": ("shift_jis", 0x97),
    "euc_jp": ("euc_jp", 0xCF),
}
"""For each the list of its characters, and the last first byte of the everyday ones in it."""
_COMMON_HAN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实商品名称编码库存数量价格单位规"
    "格型号颜色尺码蓝红黄绿白黑灰粉紫橙男女童士装鞋包手机电脑衣裤裙帽袜表盒箱袋件个套双只米克斤升茶酒水油盐糖面包奶果肉鱼"
    "菜类别总计货售销备注供应厂牌仓储条形运动休闲皮棉布木金银铁钢塑料玻璃具灯床桌椅這國說時會對過發後種經學現當動還進樣開"
    "從實編碼庫數價單規顏藍紅黃綠裝電腦褲襪錶雙魚號稱類別總計貨銷備註應廠倉儲條運閒銀鐵鋼燈"
)
_COMMON_HANGUL = frozenset(
    "이다에의는로하을가고지서한은기으년대사시를리도인스일상품명코드재수량격단위색자보용여남성아동구두화셔츠바원매점"
)
_UNREADABLE, _A_BYTE = 30, 12
_NEVER, _STRANGE, _SELDOM = 26, 20, 17
_ALONE, _AT_LATIN = 8, 4


def bits_of(token: bytes, name: str) -> float:
    """What some bytes without a blank say if they are in this encoding."""
    try:
        text = token.decode(name)
    except UnicodeDecodeError:
        return _UNREADABLE + _A_BYTE * sum(byte > 0x7F for byte in token)  # noqa: PLR2004 - beyond ASCII
    return sum(
        _bits_of_char(char, name) + _bits_of_sides(before, char, after)
        for before, char, after in zip(" " + text, text, text[1:] + " ", strict=False)
        if not char.isascii()
    )


def _bits_of_sides(before: str, char: str, after: str) -> int:
    """One such character among Latin letters is a letter of another encoding."""
    latin = sum(side.isascii() and side.isalpha() for side in (before, after))
    alone = before < "⺀" and after < "⺀"
    return (
        _AT_LATIN * latin + (_ALONE if latin and alone else 0) + (_ALONE if _is_half(char) and alone else 0)
    )


def _is_half(char: str) -> bool:
    return "｡" <= char <= "ﾟ"


@cache
def _bits_of_char(char: str, name: str) -> float:
    japanese = name in ("cp932", "euc_jp")
    if "぀" <= char <= "ヿ":
        return 6 if japanese else 15
    if _is_half(char):
        return 7 if japanese else _NEVER
    if "가" <= char <= "힣":
        return _bits_of_hangul(char) if name == "cp949" else _NEVER
    if "一" <= char <= "鿿":
        return _SELDOM if name == "cp949" else _bits_of_han(char, name)
    if "　" <= char <= "〿" or "\uff01" <= char <= "｠":
        return 9
    return _NEVER if "\ue000" <= char <= "\uf8ff" else _SELDOM


def _bits_of_hangul(char: str) -> float:
    if char in _COMMON_HANGUL:
        return 7
    return 10.5 if _is_in(char, "euc_kr") else _STRANGE


def _bits_of_han(char: str, name: str) -> float:
    listed, last = _EVERYDAY[name]
    if char in _COMMON_HAN and name in ("gb18030", "big5"):
        return 8
    if not _is_in(char, listed):
        return _STRANGE
    return 12 if char.encode(listed)[0] <= last else 16


def _is_in(char: str, name: str) -> bool:
    try:
        char.encode(name)
    except UnicodeEncodeError:
        return False
    return True
