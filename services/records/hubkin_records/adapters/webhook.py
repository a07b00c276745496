"""Webhooks after Standard Webhooks 1.0: signed, numbered, and only into networks where they may go.

The address is resolved by us, looked at, and used as it was looked at: a name that changes its mind between
two look-ups (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from hubkin_kit.clock import SECOND, Clock
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.netutil import Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from hubkin_records.domain import Delivery
from hubkin_records.errors import DeliveryFailed

TIMEOUT_SECONDS = 10.0
#: Nobody has to say more than this about a notice.
ANSWER_BYTES = 64 << 10
GONE = 410

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv6 that is IPv4 in disguise.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotAllowedThere(OSError):
    """The name leads into a network where we send nothing."""


class WebhookChannel:
    """Posts notices."""

    def __init__(self, clock: Clock, *, networks: Iterable[str] = ()) -> None:
        self._clock = clock
        allowed = tuple(ipaddress.ip_network(text) for text in networks)
        self._client = SimpleAsyncHTTPClient(
            force_instance=True,
            resolver=_Guard(lambda address: may_send_to(address, allowed)),
            max_clients=20,
            max_body_size=ANSWER_BYTES,
        )

    async def send(self, delivery: Delivery) -> None:
        """Post a notice; 2xx is taken, 410 is never again, anything else is later again.

        Raises:
            DeliveryFailed: It was not taken.
        """
        body = msgspec.json.encode(delivery.body)
        moment = self._clock.now() // SECOND
        request = HTTPRequest(
            delivery.hook.target,
            method="POST",
            body=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "hubkin-webhook",
                "webhook-id": delivery.id,
                "webhook-timestamp": str(moment),
                "webhook-signature": signature(delivery.hook.secret, delivery.id, moment, body),
            },
            connect_timeout=TIMEOUT_SECONDS,
            request_timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
        )
        try:
            response = await self._client.fetch(request, raise_error=False)
        except NotAllowedThere as error:
            raise DeliveryFailed(str(error), is_final=True) from None
        except (OSError, HTTPClientError, ValueError) as error:
            raise DeliveryFailed(type(error).__name__) from error
        if not 200 <= response.code < 300:
            raise DeliveryFailed(f"HTTP {response.code}", is_final=response.code == GONE)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def signature(secret: str, message_id: str, moment: int, body: bytes) -> str:
    """Sign a message: ``v1,`` and the HMAC-SHA256 of id, time and body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def may_send_to(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether an address is public, or in a network that the site allows."""
    plain = _undisguised(address)
    if any(plain.version == network.version and plain in network for network in allowed):
        return True
    return plain.is_global and not plain.is_multicast


def _undisguised(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return inner
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


class _Guard(Resolver):
    """Resolves names, and refuses when any of the answers leads where we send nothing."""

    def initialize(self, may: Callable[[Address], bool]) -> None:
        self._may = may

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        for _family, _type, _protocol, _name, place in found:
            if not self._may(ipaddress.ip_address(str(place[0]).partition("%")[0])):
                raise NotAllowedThere(f"{host} is in a network to which notices are not sent")
        return [(kind, place) for kind, _type, _protocol, _name, place in found]
