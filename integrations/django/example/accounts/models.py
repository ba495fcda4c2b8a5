from django.conf import settings
from django.db import models


class UserProfile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    full_name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    email = models.EmailField(null=True, blank=True)
    telegram = models.CharField(max_length=100, null=True, blank=True)  # what was typed: proof of nothing
    telegram_id = models.BigIntegerField(null=True, blank=True)
    city = models.CharField(max_length=100, blank=True)
    np_office = models.CharField(max_length=200, blank=True)
    pay_type = models.CharField(max_length=10, default="full")

    def __str__(self) -> str:
        return self.full_name
