"""The two fields for a shop's own order model, and the requests that were seen."""

from __future__ import annotations

from django.db import models


class ShipmentTracking(models.Model):
    """For an order model that has no such fields yet: `class Order(ShipmentTracking, models.Model)`."""

    shipment_status = models.CharField("статус посилки", max_length=255, null=True, blank=True, editable=False)
    shipment_status_updated = models.DateTimeField("статус посилки змінено", null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class SeenRequest(models.Model):
    """A nonce is taken once; kept while a request with it could still be repeated."""

    nonce = models.CharField(max_length=32, primary_key=True)
    at = models.BigIntegerField(db_index=True)  # seconds since 1970

    def __str__(self) -> str:
        return str(self.nonce)
