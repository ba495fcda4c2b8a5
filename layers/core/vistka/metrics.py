"""The ten custom metrics there are; alarms and `vistka check` read them, and no other is ever emitted."""

from enum import StrEnum


class Metric(StrEnum):
    """Names in the namespace Vistka, with `service` as the only dimension."""

    GOOD_RUNS = "GoodRuns"
    CARRIER_OUTAGES = "CarrierOutages"
    SHOP_OUTAGES = "ShopOutages"
    TELEGRAM_OUTAGES = "TelegramOutages"
    CREDENTIALS_REFUSED = "CredentialsRefused"
    NOTICES_OVERDUE = "NoticesOverdue"
    OLDEST_UNCHECKED_SECONDS = "OldestUncheckedSeconds"
    UNKNOWN_CODES = "UnknownCodes"
    PARCELS_CHECKED = "ParcelsChecked"
    SCAN_TO_NOTICE_SECONDS = "ScanToNoticeSeconds"
