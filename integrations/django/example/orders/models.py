"""The original shop's order: it has had both fields for long, so it does without the mixin."""

from django.conf import settings
from django.db import models


class Order(models.Model):
    order_number = models.CharField(max_length=20, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    full_name = models.CharField(max_length=200)
    phone = models.CharField(max_length=32)
    city = models.CharField(max_length=100)
    np_office = models.CharField(max_length=200)
    pay_type = models.CharField(max_length=10, default="full")
    total_sum = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    status = models.CharField(max_length=10, default="new")
    payment_status = models.CharField(max_length=20, default="unpaid")
    tracking_number = models.CharField(max_length=50, null=True, blank=True)
    shipment_status = models.CharField(max_length=100, null=True, blank=True)
    shipment_status_updated = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "замовлення"
        verbose_name_plural = "замовлення"

    def __str__(self) -> str:
        return self.order_number
