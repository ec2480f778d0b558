"""Fetches a file of WeChat's store and opens it with the key that a message has, as a client does that we did not write."""

import sys

from weilink import _cdn

url, key = sys.argv[1:3]
print(_cdn.download_media("", key, full_url=url).decode())
