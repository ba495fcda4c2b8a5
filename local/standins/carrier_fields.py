"""The 128 keys of a full tracking item, each with what it holds while there is nothing to say."""

import zlib
from typing import Any, Final

_BLANK: Final = """
DateCreated RefEW RecipientDateTime CargoType CargoDescriptionString DocumentCost CalculatedWeight CheckWeightMethod
FactualWeight VolumeWeight OwnerDocumentNumber OwnerDocumentType SeatsAmount ServiceType CitySender
CounterpartySenderDescription CounterpartySenderType PhoneSender RefCitySender RefSettlementSender SenderAddress
SenderFullNameEW WarehouseSender WarehouseSenderAddress WarehouseSenderInternetAddressRef LoyaltyCardSender
CityRecipient CounterpartyRecipientDescription PhoneRecipient RecipientAddress RecipientFullName RecipientFullNameEW
RecipientWarehouseTypeRef RefCityRecipient RefSettlementRecipient WarehouseRecipient WarehouseRecipientAddress
WarehouseRecipientNumber CategoryOfWarehouse WarehouseRecipientRef WarehouseRecipientInternetAddressRef
TrusteeRecipientPhone LoyaltyCardRecipient PayerType PaymentMethod PaymentStatus PaymentStatusDate
ExpressWaybillAmountToPay ExpressWaybillPaymentStatus CardMaskedNumber LastAmountReceivedCommissionGM
LastAmountTransferGM LastTransactionDateTimeGM LastTransactionStatusGM SumBeforeCheckWeight DocumentCostCurrencyCode
InvoiceCurrencyCode RedeliveryNum RedeliveryPayer RedeliveryPaymentCardDescription RedeliveryServiceCost
RedeliverySum RedeliveryPaymentCardRef ScheduledDeliveryDate ActualDeliveryDate AdjustedDate DateFirstDayStorage
DateReturnCargo DateScan DateMoving TrackingUpdateDate DatePayedKeeping InternationalDeliveryType
InternetDocumentDescription AdditionalInformationEW BarcodeRedBox ClientBarcode DaysStorageCargo DeliveryTimeframe
FreeShipping CreatedOnTheBasis LastCreatedOnTheBasisDateTime LastCreatedOnTheBasisDocumentType
LastCreatedOnTheBasisNumber LastCreatedOnTheBasisPayerType MarketplacePartnerToken MarketplacePartnerDescription
PostomatV3CellReservationNumber StorageAmount StoragePrice UndeliveryReasons UndeliveryReasonsDate
UndeliveryReasonsSubtypeDescription CounterpartyType LightReturnNumber
"""
_ZERO: Final = (
    "AnnouncedPrice DocumentWeight CheckWeight AmountPaid AmountToPay AfterpaymentOnGoodsCost Redelivery AviaDelivery"
)
_FALSE: Final = """
CargoReturnRefusal SecurePayment PossibilityChangeCash2Card PossibilityChangeDeliveryIntervals PossibilityChangeEW
PossibilityCreateRedirecting PossibilityCreateRefusal PossibilityCreateReturn PossibilityTermExtension
PossibilityCreateClaim PossibilityLightReturn PossibilityTrusteeRecipient PossibilityEUReturn
"""
_NULL: Final = "FinalEUReturnDate EUReturnNumber ParentBranchCity ParentBranchName"
_LIST: Final = "Packaging Services PartialReturnGoods Declarations"

#: What only the parcel's own phone unblanks.
_PERSONAL: Final = """
RecipientFullName RecipientFullNameEW PhoneRecipient RecipientAddress SenderFullNameEW PhoneSender SenderAddress
CargoDescriptionString AnnouncedPrice AfterpaymentOnGoodsCost AmountToPay AmountPaid ExpressWaybillAmountToPay
RedeliverySum CounterpartySenderDescription CounterpartyRecipientDescription
"""
PERSONAL: Final = frozenset(_PERSONAL.split())
#: What an answer to a request without a key lacks: money and return.
_KEYED: Final = """
Redelivery RedeliveryNum RedeliveryPayer RedeliverySum AfterpaymentOnGoodsCost LastCreatedOnTheBasisNumber
LastCreatedOnTheBasisDocumentType LastCreatedOnTheBasisDateTime LastAmountTransferGM LastTransactionStatusGM
"""
KEYED: Final = frozenset(_KEYED.split())
_STUB: Final = """
PossibilityCreateRedirecting PossibilityCreateReturn PossibilityCreateRefusal PossibilityChangeEW
PossibilityLightReturn PossibilityTrusteeRecipient
"""
_NOT_FOUND_BLANK: Final = """
TrusteeRecipientPhone LightReturnNumber RecipientFullName CargoDescriptionString RedeliverySum RedeliveryPayer
AfterpaymentOnGoodsCost LastCreatedOnTheBasisPayerType LastTransactionDateTimeGM CounterpartySenderDescription
CounterpartyRecipientDescription SenderAddress RecipientAddress AnnouncedPrice RedeliveryPaymentCardRef
RedeliveryPaymentCardDescription CreatedOnTheBasis ExpressWaybillPaymentStatus ExpressWaybillAmountToPay
"""
_NOT_FOUND_FALSE: Final = """
PossibilityCreateRedirecting PossibilityCreateReturn PossibilityCreateRefusal PossibilityChangeEW
PossibilityChangeCash2Card PossibilityChangeDeliveryIntervals PossibilityTermExtension PossibilityTrusteeRecipient
PossibilityLightReturn SecurePayment
"""


def lot(ttn: str, name: str, sides: int) -> int:
    """A die that always falls the same way for one parcel and field."""
    return zlib.crc32(f"{ttn}/{name}".encode()) % sides


def blank_item(ttn: str) -> dict[str, Any]:
    """All 128 keys with nothing in them; what nothing looks like differs from parcel to parcel."""
    item: dict[str, Any] = {"Number": ttn, "StatusCode": "", "Status": ""}
    item |= dict.fromkeys(_BLANK.split(), "")
    item |= dict.fromkeys(_ZERO.split(), 0)
    item |= {name: (False, "0", "")[lot(ttn, name, 3)] if lot(ttn, name, 7) == 0 else False for name in _FALSE.split()}
    item |= dict.fromkeys(_NULL.split())
    item |= {name: [] for name in _LIST.split()}
    item["Edit"] = (True, "1")[lot(ttn, "Edit", 2)]
    item["UndeliveryReasons"] = ("", [])[lot(ttn, "UndeliveryReasons", 2)]
    item["CreatedOnTheBasis"] = ("", [])[lot(ttn, "CreatedOnTheBasis", 2)]
    item["RecipientFullNameEW"] = ("", " ")[lot(ttn, "RecipientFullNameEW", 2)]
    item["WarehouseRecipientNumber"] = ("", 0)[lot(ttn, "WarehouseRecipientNumber", 2)]
    return item


def not_found_item(ttn: str) -> dict[str, Any]:
    """32 keys."""
    words = ("Номер не знайдено", "Номер не найден")[lot(ttn, "Status", 5) == 0]
    item: dict[str, Any] = {"Number": ttn, "StatusCode": "3", "Status": words}
    return item | dict.fromkeys(_NOT_FOUND_FALSE.split(), False) | dict.fromkeys(_NOT_FOUND_BLANK.split(), "")


def stub_item(ttn: str, code: str) -> dict[str, Any]:
    """Nine keys and no sentence."""
    return {"Number": ttn, "StatusCode": code, "Status": ""} | dict.fromkeys(_STUB.split(), False)


def as_sum(ttn: str, name: str, value: int) -> int | float | str:
    """A sum in one of the types in which sums were seen."""
    if not value:
        return ("", 0, "0")[lot(ttn, name, 3)]
    return (value, float(value), str(value), f"{value}.00")[lot(ttn, name, 4)]


def as_bool(ttn: str, name: str, *, value: bool) -> bool | str:
    return (value, value, str(int(value)))[lot(ttn, name, 3)]
