"""Keeps the egress guard's address from providers of PO tokens.

yt-dlp tells a provider the proxy that it uses itself, so that it may use it too. Ours is reached from this machine alone and has a
password; a provider that runs elsewhere could only fail with it.
"""

from yt_dlp.extractor.youtube.pot.provider import PoTokenRequest

make = PoTokenRequest.__init__


def make_without_proxy(self, *args, **kwargs):
    make(self, *args, **{**kwargs, 'request_proxy': None})


PoTokenRequest.__init__ = make_without_proxy
