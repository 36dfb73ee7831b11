"""What the client reads out of answers, in the spellings we assume and in those we do not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.api import codec
from connector.api.codec import NotUnderstood, decode_reply, join_payload, split_payload
from connector.errors import RetryLater
from connector.model import Reply

RECORDS = [
    {"location_id": "BLR-01", "sku": "TS-RED-M", "quantity": 5},
    {"location_id": "BLR-01", "sku": "TS-RED", "quantity": 0},
    {"location_id": "DEL-02", "sku": "TS-RED-M", "quantity": 7},
    {"location_id": "DEL-02", "sku": "8901234567890", "quantity": 7},
]


def body_of(records) -> bytes:
    return json.dumps(records, separators=(",", ":"), ensure_ascii=False).encode()


PAYLOAD = body_of(RECORDS)


def snake(success, failed, errors=(), total=None) -> bytes:
    data = {"payload_count": total, "success_count": success, "failed_count": failed, "errors": list(errors)}
    data = {key: value for key, value in data.items() if value is not None}
    return body_of({"data": data, "meta": {"ack_id": "67c0a1", "status": "SUCCESS"}})


def refused(reply: Reply) -> list[int]:
    return [each.index for each in reply.refusals]


# -- tokens, counts, listings, messages


@pytest.mark.parametrize(
    "body",
    [
        {"accessToken": "abc", "status": "SUCCESS"},
        {"access_token": "abc"},
        {"token": " abc "},
        {"data": {"accessToken": "abc"}},
        {"data": {"token": "abc"}, "status": "SUCCESS"},
    ],
)
def test_a_token_is_read_under_every_name(body):
    assert codec.read_token(body_of(body)) == "abc"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>hello</html>", b"[]", b"{}", b'{"token": 5}', b'{"token":"a b"}', b'{"token":"a\\nX: 1"}'],
)
def test_no_token_is_not_understood_and_the_body_is_not_quoted(body):
    with pytest.raises(NotUnderstood) as caught:
        codec.read_token(body)
    assert isinstance(caught.value, RetryLater)
    assert "hello" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [{"count": 12}, {"total": 12}, {"total_count": "12"}, {"data": {"count": 12}}, {"data": {"total": 12.0}}],
)
def test_a_count_is_read_under_every_name(body):
    assert codec.read_count(body_of(body)) == 12


def test_no_count_is_not_understood():
    for body in (b"{}", b'{"count": true}', b'{"count": -1}', b"nonsense"):
        with pytest.raises(NotUnderstood):
            codec.read_count(body)


@pytest.mark.parametrize("wrap", [
    lambda items: items,
    lambda items: {"items": items, "page": {}},
    lambda items: {"data": items},
    lambda items: {"data": {"items": items}},
    lambda items: {"listings": items},
])  # fmt: skip
def test_listings_are_read_in_every_wrapping(wrap):
    items = [{"sku": "A"}, {"sku": "B"}]
    assert codec.read_listings(body_of(wrap(items))) == items
    assert codec.read_listings(body_of(wrap([]))) == []


def test_listings_that_are_none_are_not_understood():
    for body in (b"{}", b'{"items": 3}', b'{"items": ["A"]}', b'"A"'):
        with pytest.raises(NotUnderstood):
            codec.read_listings(body)


def test_messages_are_read_from_json_html_and_anything():
    assert codec.read_message(b'{"status":"FAILED","message":"over the\\n limit"}') == "over the limit"
    assert codec.read_message(b"<html><title>502 Bad\nGateway</title><body>x</body>") == "502 Bad Gateway"
    assert codec.read_message(b"plain \xff words") == "plain \ufffd words"
    assert codec.read_message(b"[1]") == ""
    assert len(codec.read_message(b"x" * 10_000)) == 300


def test_refused_credentials_are_told_by_status_or_by_word():
    assert codec.credentials_refused(401, b"")
    assert codec.credentials_refused(200, b'{"status":"FAILED","message":"wrong"}')
    assert not codec.credentials_refused(200, b'{"status":"SUCCESS"}')
    assert not codec.credentials_refused(200, b"<html>")
    assert not codec.credentials_refused(404, b"")


# -- replies


def test_all_accepted_in_both_envelopes():
    reply = decode_reply(200, snake(4, 0, total=4), PAYLOAD)
    assert (reply.payload_count, reply.success_count, reply.failed_count) == (4, 4, 0)
    assert (reply.ack_id, reply.refusals, reply.unexplained) == ("67c0a1", (), 0)
    camel = {"payloadCount": 4, "successCount": 4, "failedCount": 0, "status": "SUCCESS", "errors": []}
    assert decode_reply(200, body_of(camel), PAYLOAD).unexplained == 0


@pytest.mark.parametrize("entry", [
    {"location_id": "DEL-02", "sku": "TS-RED-M", "code": "INVALID_SKU", "message": "unknown"},
    {"locationCode": "DEL-02", "sku": "TS-RED-M", "errorCode": "INVALID_SKU", "error": "unknown"},
    {"locationId": "DEL-02", "SKU": "TS-RED-M", "error_code": "INVALID_SKU", "reason": "unknown"},
    {"location_id": "DEL-02", "sku": "TS-RED-M", "code": "INVALID_SKU", "description": "unknown"},
    {"record": {"location_id": "DEL-02", "sku": "TS-RED-M"}, "error": {"code": "INVALID_SKU", "message": "unknown"}},
])  # fmt: skip
def test_an_entry_in_any_spelling_names_its_record(entry):
    reply = decode_reply(200, snake(3, 1, [entry]), PAYLOAD)
    (refusal,) = reply.refusals
    assert (refusal.index, refusal.code, refusal.message) == (2, "INVALID_SKU", "unknown")
    assert json.loads(refusal.raw) == entry
    assert reply.unexplained == 0


@pytest.mark.parametrize(
    ("entry", "index"),
    [
        ({"sku": "8901234567890", "message": "x"}, 3),
        ({"sku": 8901234567890, "message": "x"}, 3),
        ({"sku": "ts-red", "message": "x"}, 1),
        ({"sku": "TS-RED", "location_id": "internal-77", "message": "x"}, 1),
        ("INVALID_SKU: BLR-01/TS-RED-M: unknown sku", 0),
        ("SKU TS-RED is not known.", 1),
        ("'8901234567890' unknown", 3),
        ("TS-RED-M at DEL-02 unknown", 2),
        ({"code": "X", "message": "no product TS-RED, sorry"}, 1),
    ],
)
def test_an_entry_is_tied_when_it_can_only_mean_one_record(entry, index):
    reply = decode_reply(200, snake(3, 1, [entry]), PAYLOAD)
    assert (refused(reply), reply.unexplained) == ([index], 0)


@pytest.mark.parametrize(
    "entry",
    [
        {"sku": "TS-RED-M", "message": "which of the two?"},
        {"sku": "OTHER", "message": "not ours"},
        {"code": "INTERNAL_ERROR", "message": "boom"},
        "TS-RED and 8901234567890 are wrong",
        "TS-RED-MAX is unknown",
        "XTS-RED is unknown",
        "OTHER/TS-RED is unknown",
        "error 500",
        None,
        7,
        ["TS-RED"],
    ],
)
def test_an_entry_in_doubt_is_tied_to_nothing(entry):
    reply = decode_reply(200, snake(3, 1, [entry]), PAYLOAD)
    assert (refused(reply), reply.unexplained) == ([], 1)


def test_a_short_code_in_free_text_needs_the_word_sku():
    payload = body_of([{"location_id": "A", "sku": "500"}, {"location_id": "A", "sku": "501"}])
    assert decode_reply(200, snake(1, 1, ["error 500"]), payload).unexplained == 1
    assert refused(decode_reply(200, snake(1, 1, ["unknown SKU: 500"]), payload)) == [0]


def test_errors_as_an_object_from_sku_to_message():
    reply = decode_reply(
        200, body_of({"successCount": 3, "failedCount": 1, "errors": {"TS-RED": "unknown"}}), PAYLOAD
    )
    assert refused(reply) == [1]
    assert reply.refusals[0].message == "unknown"


def test_two_entries_about_one_record_are_one_refusal_with_both_reasons():
    entries = [
        {"location_id": "BLR-01", "sku": "TS-RED", "code": c, "message": c.lower()} for c in ("A", "B")
    ]
    reply = decode_reply(200, snake(3, 1, entries), PAYLOAD)
    (refusal,) = reply.refusals
    assert (refusal.index, refusal.code, refusal.message) == (1, "A; B", "a; b")
    assert json.loads(refusal.raw) == entries


def test_an_order_action_is_tied_by_its_shipment_id():
    payload = body_of([{"orderId": "16924100000000000001"}, {"orderId": "16924100000000000002"}])
    answer = {"payloadCount": 2, "successCount": 1, "failedCount": 1, "status": "PARTIAL_SUCCESS",
              "errors": [{"orderId": "16924100000000000002", "code": "O400", "message": "cancelled"}]}  # fmt: skip
    reply = decode_reply(200, body_of(answer), payload)
    assert (refused(reply), reply.refusals[0].code, reply.unexplained) == ([1], "O400", 0)


def test_one_record_that_failed_is_meant_whatever_the_entry_says():
    payload = body_of(RECORDS[:1])
    reply = decode_reply(200, snake(0, 1, [{"code": "E", "message": "boom"}]), payload)
    assert (refused(reply), reply.refusals[0].code, reply.unexplained) == ([0], "E", 0)
    silent = decode_reply(200, snake(0, 1), payload)
    assert (refused(silent), silent.unexplained) == ([0], 0)
    assert "no reason" in silent.refusals[0].message


def test_many_that_all_failed_without_names_stay_unexplained():
    assert decode_reply(200, snake(0, 4), PAYLOAD).unexplained == 4


@pytest.mark.parametrize(
    ("success", "failed", "total", "unexplained"),
    [
        (3, None, None, 1),
        (None, 0, None, 4),
        (4, None, None, 0),
        (2, 1, None, 2),
        (3, 0, None, 1),
        (5, 0, None, 1),
        (4, 2, None, 4),
        (0, 0, 0, 4),
        (4, 0, 3, 1),
        (4, 0, 4, 0),
    ],
)
def test_counts_that_do_not_add_up_leave_the_difference_unexplained(success, failed, total, unexplained):
    assert decode_reply(200, snake(success, failed, total=total), PAYLOAD).unexplained == unexplained


def test_records_named_beyond_the_failed_count_are_refused_all_the_same():
    entry = {"location_id": "BLR-01", "sku": "TS-RED", "message": "careful"}
    none_failed = decode_reply(200, snake(4, 0, [entry]), PAYLOAD)
    assert (refused(none_failed), none_failed.unexplained) == ([1], 0)
    other = {"location_id": "DEL-02", "sku": "TS-RED-M", "message": "careful"}
    more = decode_reply(200, snake(3, 1, [entry, other]), PAYLOAD)
    assert (refused(more), more.unexplained) == ([1, 2], 0)


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"<html></html>", b"{}", b'{"status":"SUCCESS"}', b'{"data":{"success_count":"many"}}',
             b"null", b"[" * 100_000, b'{"data": {"success_count": true}}']
)  # fmt: skip
def test_an_answer_without_counts_is_not_understood(body):
    with pytest.raises(NotUnderstood):
        decode_reply(200, body, PAYLOAD)


def test_the_quick_way_is_not_fooled_by_codes_that_look_like_json():
    tricky = body_of([{"location_id": "A", "sku": '},{"sku":'}, {"location_id": "A", "sku": '"sku":'}])
    assert decode_reply(200, snake(2, 0, total=2), tricky).unexplained == 0
    assert decode_reply(200, snake(3, 0, total=3), tricky).unexplained == 1
    spaced = json.dumps(RECORDS).encode()
    assert decode_reply(200, snake(4, 0, total=4), spaced).unexplained == 0
    nested = body_of([{"orderId": "1", "items": [{"sku": "A"}, {"sku": "B"}]}])
    assert decode_reply(200, snake(2, 0), nested).unexplained == 1


CODES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
SOME_RECORDS = st.lists(
    st.fixed_dictionaries({"location_id": CODES, "sku": CODES, "quantity": st.integers(0, 10**6)}),
    min_size=1,
    max_size=12,
)


@given(SOME_RECORDS, st.data())
def test_every_record_is_accepted_refused_or_unexplained_never_more(records, data):
    failed = data.draw(st.integers(0, len(records) + 2))
    success = data.draw(st.integers(0, len(records) + 2))
    named = data.draw(st.lists(st.sampled_from(records), max_size=5))
    entries = [
        data.draw(st.sampled_from([record, record["sku"], {"message": record["sku"]}])) for record in named
    ]
    reply = decode_reply(200, snake(success, failed, entries), body_of(records))
    indexes = refused(reply)
    assert len(set(indexes)) == len(indexes)
    assert all(0 <= index < len(records) for index in indexes)
    assert 0 <= reply.unexplained <= len(records) - len(indexes)
    if success + failed == len(records):
        assert len(indexes) + reply.unexplained >= failed


@given(SOME_RECORDS, st.data())
def test_the_records_that_are_named_are_the_ones_refused(records, data):
    bad = data.draw(st.sets(st.integers(0, len(records) - 1), max_size=4))
    keys = {(records[index]["location_id"], records[index]["sku"]) for index in bad}
    entries = [{"location_id": place, "sku": sku, "code": "X", "message": "no"} for place, sku in keys]
    twins = [i for i, each in enumerate(records) if (each["location_id"], each["sku"]) in keys]
    reply = decode_reply(200, snake(len(records) - len(twins), len(twins), entries), body_of(records))
    # Codes are trimmed when compared, so two records that differ by blanks only may stay in doubt, never the rest.
    assert set(refused(reply)) <= set(twins) or any(
        s != s.strip() for r in records for s in (r["sku"], r["location_id"])
    )
    assert len(reply.refusals) + reply.unexplained >= len(twins)


# -- payloads


@given(SOME_RECORDS, st.sampled_from([None, 1]), st.booleans())
def test_splitting_keeps_every_byte_of_every_record(records, indent, ascii_only):
    payload = json.dumps(records, indent=indent, ensure_ascii=ascii_only).encode()
    parts = split_payload(payload)
    assert [json.loads(part) for part in parts] == records
    assert all(part in payload for part in parts)
    compact = join_payload(parts)
    assert join_payload(split_payload(compact)) == compact


def test_money_is_not_written_again():
    payload = b'[{"esp":799.00,"mrp":1e3},{"esp":0.10,"mrp":0.1}]'
    assert split_payload(payload) == [b'{"esp":799.00,"mrp":1e3}', b'{"esp":0.10,"mrp":0.1}']
    assert join_payload(split_payload(payload)[1:]) == b'[{"esp":0.10,"mrp":0.1}]'
    assert split_payload(b" [ ] ") == []


@pytest.mark.parametrize("payload", [b"", b"{}", b"[1", b"[1 2]", b"[1,]", b"[1] 2", b"\xff", b"[,1]"])
def test_what_is_no_array_is_refused(payload):
    with pytest.raises(ValueError):  # noqa: PT011 - the text differs by what is wrong
        split_payload(payload)
