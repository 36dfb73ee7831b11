"""Currency codes and the marks people write instead of them."""

from __future__ import annotations

CODES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD
    LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
    TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905  a block of words reads better than a word a line
)
"""The codes of ISO 4217 in use."""

_RUPEES = ("INR", "PKR", "LKR", "NPR", "MUR", "SCR")
_DOLLARS = ("USD", "ARS", "AUD", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "UYU", "BRL", "DOP")

MARKS: dict[str, tuple[str, ...]] = {
    "₹": ("INR",),
    "रु": ("INR", "NPR"),
    "₨": _RUPEES,
    "rs": _RUPEES,
    "re": _RUPEES,
    "rupees": _RUPEES,
    "€": ("EUR",),
    "euro": ("EUR",),
    "eur": ("EUR",),
    "£": ("GBP", "EGP", "SYP", "LBP"),
    "$": ("", *_DOLLARS),
    "us$": ("USD",),
    "r$": ("BRL",),
    "¥": ("JPY", "CNY"),
    "fr": ("CHF",),
    "sfr": ("CHF",),
}
"""What a mark can stand for, the likeliest first; "" first: it says that money is meant, but not which."""

POINT_DECIMAL = frozenset({"₹", "रु", "₨", "rs", "re", "rupees", "INR", "GBP", "£", "PKR", "LKR", "NPR"})
"""Marks of money that is always written with a point before the decimals."""


def mark_of(text: str) -> str | None:
    """Give the mark or code that `text` (a beginning or end of a cell) is, or None when it is none."""
    plain = text.strip()
    if plain[-2:-1].isalpha():  # "Rs." is an abbreviation; the point of "₹.50" belongs to the number
        plain = plain.removesuffix(".")
    if plain.upper() in CODES:
        return plain.upper()
    return plain.casefold() if plain.casefold() in MARKS else None


def allows(mark: str, code: str) -> bool:
    """Tell whether a price marked `mark` can be in the currency `code`."""
    return mark in {"", code} or code in MARKS.get(mark, ())


def likeliest(mark: str) -> str:
    """Give the code a mark stands for when nothing else says it; "" when it cannot be told."""
    return mark if mark in CODES else MARKS.get(mark, ("",))[0]
