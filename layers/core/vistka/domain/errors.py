"""Two roots: what may pass by itself, and what will not. The edge decides what to do with each.

VistkaError
├── TransientError            try again later
│   ├── CarrierUnavailable    no usable answer from Nova Poshta
│   │   └── CarrierLimited    it said how long to wait, or that the day's limit is spent
│   ├── ShopUnavailable       the shop's database does not answer
│   ├── StoreUnavailable      DynamoDB does not answer, or throttles
│   ├── StoreConflict         somebody else wrote first: read again
│   ├── QueueUnavailable      SQS does not take messages
│   ├── SlotTaken             the pace has no slot soon enough
│   ├── WebhookUnavailable    the shop's own program gave no answer
│   └── TelegramUnavailable   not sent, for certain
│       ├── TelegramLimited   429: wait `retry_after`
│       └── TelegramUnknown   sent or not, nobody knows
└── PermanentError            somebody must act
    ├── ConfigurationError    a setting, schema file, URL or parameter is wrong
    ├── CredentialRefused     key or token wrong, expired, revoked
    ├── BadMessage            a queue message or event that is not ours to read
    ├── StoreRefused          DynamoDB will never take this: too large, or a key that it cannot have
    │   └── RecordUnreadable  what stands there is damaged, or of a newer version: it is never overwritten
    ├── OrderUnknown          the shop has no order of that number
    ├── ShopMismatch          the shop's tables are not what the schema file says
    ├── ChatUnreachable       Telegram will not deliver to this chat until its owner acts
    ├── TelegramRejected      Telegram will not take this message
    └── TokenRefused          a link or page token that is not ours, not for this, or too old
"""

from datetime import timedelta


class VistkaError(Exception):
    """Root of everything this package raises on purpose. Texts hold no secret and no personal data (R9)."""


class TransientError(VistkaError):
    pass


class CarrierUnavailable(TransientError):
    pass


class CarrierLimited(CarrierUnavailable):
    def __init__(self, text: str, *, retry_after: timedelta, daily: bool = False) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        self.daily = daily


class ShopUnavailable(TransientError):
    pass


class StoreUnavailable(TransientError):
    pass


class StoreConflict(TransientError):
    pass


class QueueUnavailable(TransientError):
    pass


class SlotTaken(TransientError):
    def __init__(self, text: str, *, wait: timedelta) -> None:
        super().__init__(text)
        self.wait = wait


class WebhookUnavailable(TransientError):
    pass


class TelegramUnavailable(TransientError):
    pass


class TelegramLimited(TelegramUnavailable):
    def __init__(self, text: str, *, retry_after: timedelta) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class TelegramUnknown(TelegramUnavailable):
    pass


class PermanentError(VistkaError):
    pass


class ConfigurationError(PermanentError):
    pass


class CredentialRefused(PermanentError):
    pass


class BadMessage(PermanentError):
    pass


class StoreRefused(PermanentError):
    pass


class RecordUnreadable(StoreRefused):
    pass


class OrderUnknown(PermanentError):
    pass


class ShopMismatch(PermanentError):
    pass


class ChatUnreachable(PermanentError):
    def __init__(self, text: str, *, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


class TelegramRejected(PermanentError):
    def __init__(self, text: str, *, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


class TokenRefused(PermanentError):
    """`reason` is for the log; to the outside only `expired` may be told apart."""

    def __init__(self, *, reason: str) -> None:
        super().__init__("the token has expired" if reason == "expired" else "the token is not valid")
        self.reason = reason
