"""A client of iLink that we did not write, against the server that stands in for it in the tests: it logs in, reads a
message, answers as often as it may, types, and brings a file and fetches it back."""

import sys
import time

from weilink import _cdn, _protocol

url, store, bot = sys.argv[1:4]
_cdn.CDN_BASE = store

code = _protocol.get_qr_code(base_url=url)
seen = []
while True:
    status = _protocol.poll_qr_status(code["qrcode"], base_url=url)
    if not seen or seen[-1] != status["status"]:
        seen.append(status["status"])
    if status["status"] == "confirmed":
        break
    time.sleep(0.05)
assert seen[-2:] == ["scaned", "confirmed"], seen
assert status["ilink_bot_id"] == bot, status
token, base = status["bot_token"], status["baseurl"]

cursor, messages = "", []
while not messages:
    updates = _protocol.get_updates(cursor, token, base)
    assert updates["ret"] == 0, updates
    messages, cursor = updates.get("msgs", []), updates.get("get_updates_buf") or cursor
message = messages[0]
person, context = message["from_user_id"], message["context_token"]
assert message["item_list"][0]["text_item"]["text"] == "Grüezi", message
assert message["message_id"] > 2**53, message

ticket = _protocol.get_config(person, token, context, base)["typing_ticket"]
assert _protocol.send_typing(person, ticket, 1, token, base)["ret"] == 0

note = b"a note of some length"


def place(**fields):
    return _protocol.get_upload_url(token=token, base_url=base, **fields)


uploaded = _cdn.upload_media(note, 3, person, place)
fetched = _cdn.download_media(uploaded.download_param, uploaded.aes_key_hex)
assert fetched == note, fetched
known = _cdn.download_media("known/1=", "MDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGY=")
assert known == b"hello ilink", known

item = {
    "type": 4,
    "file_item": {
        "media": {"encrypt_query_param": uploaded.download_param, "encrypt_type": 1},
        "file_name": "note.txt",
        "len": str(len(note)),
    },
}
assert _protocol.send_media_message(person, [item], context, token, base)["ret"] == 0
answers = [_protocol.send_message(person, f"answer {n}", context, token, base)["ret"] for n in range(10)]
assert answers == [0] * 9 + [-2], answers

try:
    _protocol.get_updates(cursor, "another token", base)
    raise AssertionError("a token that nobody gave is good")
except _protocol.SessionExpiredError:
    pass
print("done")
