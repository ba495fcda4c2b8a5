"""The arithmetic of the template's time constants, in seconds."""

from dataclasses import fields
from datetime import timedelta

import pytest

from local.world.wishes import QUICK
from tests.template import parameter, resource, resources_of, template
from vistka.adapters.shop_http import WRITE_SECONDS
from vistka.adapters.store_table import READ_SECONDS
from vistka.domain.calling import LONGEST_PAUSE, pause
from vistka.domain.errors import ConfigurationError
from vistka.domain.notices import LONGEST_HOLD
from vistka.domain.policy import MODE_OVERLAP
from vistka.domain.polling import CREATED_DAYS, MONEY_DAYS, NOT_FOUND_DAYS, SILENT_DAYS
from vistka.domain.reminders import REMINDER_WITHIN
from vistka.settings import SHORTEST_RETENTION, Settings
from vistka.usecases.notifying import MOST_ATTEMPTS
from vistka.usecases.sweeping import LONGEST as SWEEP

#: SQS delays a message by at most this.
LONGEST_DELAY = 900
#: What the tracker needs beside the carrier: the store, one SQL statement or one request to the shop, the queue.
BESIDE_THE_CARRIER = 15
#: Telegram may be away for this long, and no notice reaches the dead letters.
OUTAGE = 12 * 3600


def seconds(name: str) -> int:
    return int(parameter(name))


def interval() -> int:
    return int(template()["Mappings"]["Every"][parameter("IntervalMinutes")]["Seconds"])


def test_a_full_sweep_leaves_the_dispatcher_its_time() -> None:
    assert 4 * SWEEP.total_seconds() <= seconds("DispatcherTimeoutSeconds")


@pytest.mark.parametrize(("queue", "function"), [("Polls", "Tracker"), ("Notices", "Notifier")])
def test_a_message_stays_invisible_for_six_timeouts_of_its_function(queue: str, function: str) -> None:
    assert seconds(f"{queue}VisibilitySeconds") >= 6 * seconds(f"{function}TimeoutSeconds")


def test_a_run_ends_before_the_next_begins() -> None:
    assert seconds("DispatcherTimeoutSeconds") < interval()


def test_a_delayed_poll_outlives_its_delay_and_one_failed_attempt() -> None:
    assert seconds("PollsRetentionSeconds") > LONGEST_DELAY + seconds("PollsVisibilitySeconds")
    assert seconds("PollExpirySeconds") > LONGEST_DELAY


def test_a_poll_that_kills_the_tracker_reaches_the_dead_letters_before_it_is_forgotten() -> None:
    assert seconds("PollsMaxReceives") * seconds("PollsVisibilitySeconds") <= seconds("PollsRetentionSeconds")


def test_a_poll_that_only_waits_expires_before_it_counts_as_dead() -> None:
    # A wait for the pace under SlotWaitSeconds is waited out in the tracker: no poll comes back sooner.
    shortest = min(seconds("SlotWaitSeconds"), seconds("CarrierPauseSeconds"))
    assert seconds("PollsMaxReceives") * shortest > seconds("PollExpirySeconds")


def test_the_same_holds_in_the_local_world() -> None:
    assert seconds("PollsMaxReceives") * int(QUICK["CarrierPauseSeconds"]) > seconds("PollExpirySeconds")


def test_a_call_to_the_carrier_leaves_the_tracker_time_to_store_what_it_heard() -> None:
    assert seconds("SlotWaitSeconds") < seconds("CarrierTimeoutSeconds")
    assert seconds("CarrierTimeoutSeconds") + BESIDE_THE_CARRIER <= seconds("TrackerTimeoutSeconds")
    assert WRITE_SECONDS < BESIDE_THE_CARRIER


def test_a_poll_that_met_an_outage_is_tried_again_before_it_is_stale() -> None:
    assert seconds("CarrierPauseSeconds") < seconds("PollExpirySeconds")


def test_notices_survive_a_long_outage_of_telegram_in_their_queue() -> None:
    assert seconds("NoticesMaxReceives") * seconds("ProbeSeconds") >= OUTAGE
    assert seconds("NoticesRetentionSeconds") >= OUTAGE


def test_one_send_fits_into_the_notifier_and_the_notifier_into_the_lease() -> None:
    longest_send = Settings().longest_send.total_seconds()
    bot_wait = 10 * float(parameter("BotPauseSeconds"))
    chat_wait = 3 * float(parameter("ChatPauseSeconds"))
    assert longest_send > chat_wait + bot_wait + seconds("TelegramTimeoutSeconds")
    for name in ("BOT_PAUSE", "CHAT_PAUSE"):
        slowest = str(template()["Parameters"][f"{name.title().replace('_', '')}Seconds"]["MaxValue"])
        longest = Settings.read({f"{name}_SECONDS": slowest}).longest_send
        assert longest.total_seconds() < seconds("NotifierTimeoutSeconds")
    assert longest_send < seconds("NotifierTimeoutSeconds") < seconds("LeaseSeconds")
    assert seconds("LeaseSeconds") < seconds("NoticesVisibilitySeconds")


def test_the_bot_and_its_chats_stay_below_what_telegram_bears() -> None:
    assert 20 <= 1 / float(parameter("BotPauseSeconds")) < 30
    assert float(parameter("ChatPauseSeconds")) > 1
    senders = resource("NotifierFunction")["Properties"]["Events"]["Notices"]["Properties"]["ScalingConfig"]
    assert senders == {"MaximumConcurrency": {"Ref": "NotifierConcurrency"}}
    assert Settings().bot_wait > int(parameter("NotifierConcurrency")) * Settings().bot_pause


def test_a_notice_is_given_up_before_its_queue_forgets_it() -> None:
    assert seconds("FirstBackoffSeconds") < seconds("LongestBackoffSeconds")
    assert seconds("LongestBackoffSeconds") * MOST_ATTEMPTS < seconds("NoticesRetentionSeconds")


def test_overdue_is_what_the_queue_and_two_sweeps_left_behind() -> None:
    assert seconds("OverdueSeconds") > seconds("NoticeDueSeconds") + 2 * interval()


def test_the_sweep_comes_after_the_queue() -> None:
    assert seconds("NoticeDueSeconds") > seconds("NotifierTimeoutSeconds")
    assert seconds("RetryMarginSeconds") > seconds("NoticesVisibilitySeconds")


def test_every_number_has_its_bounds() -> None:
    numbers = [body for body in template()["Parameters"].values() if body["Type"] == "Number"]
    assert all({"MinValue", "MaxValue"} <= set(body) or "AllowedValues" in body for body in numbers)


def test_nothing_can_be_set_to_be_held_for_longer_than_a_hold_is_believed() -> None:
    for name in ("LeaseSeconds", "ProbeSeconds", "LongestBackoffSeconds", "FirstBackoffSeconds", "NoticeDueSeconds"):
        assert int(template()["Parameters"][name]["MaxValue"]) < LONGEST_HOLD.total_seconds()
    longest_night = timedelta(hours=23)
    margin = timedelta(seconds=int(template()["Parameters"]["RetryMarginSeconds"]["MaxValue"]))
    assert longest_night + margin <= LONGEST_HOLD + Settings().summary


def test_the_shop_hears_of_what_takes_too_long_before_it_is_given_up() -> None:
    longest = {"NotHandedOverDays": CREATED_DAYS, "WaitingLongDays": SILENT_DAYS, "MoneyOverdueDays": MONEY_DAYS}
    for name, given_up in longest.items():
        assert int(template()["Parameters"][name]["MaxValue"]) < given_up


def test_reminders_and_quiet_hours_of_the_template_are_those_of_the_settings_and_every_function_has_them() -> None:
    names = {
        "QUIET_HOURS": "QuietHours",
        "REMINDER_HOUR": "ReminderHour",
        "NOT_HANDED_OVER_DAYS": "NotHandedOverDays",
        "WAITING_LONG_DAYS": "WaitingLongDays",
        "MONEY_OVERDUE_DAYS": "MoneyOverdueDays",
    }
    assert Settings.read({name: parameter(value) for name, value in names.items()}) == Settings()
    for function in ("Dispatcher", "Tracker", "Notifier"):
        told = resource(f"{function}Function")["Properties"]["Environment"]["Variables"]
        assert {name: told[name]["Ref"] for name in names} == names


def test_an_hour_that_rings_is_left_between_two_nights_and_a_reminder_rings_in_it() -> None:
    quiet = Settings().reminders.quiet
    assert quiet.start != quiet.end
    assert not quiet.start <= int(parameter("ReminderHour")) < 24
    assert int(parameter("ReminderHour")) >= quiet.end


def test_a_closed_order_is_found_before_it_is_reminded_of_whatever_the_interval() -> None:
    longest = max(int(row["Seconds"]) for row in template()["Mappings"]["Every"].values())
    assert REMINDER_WITHIN.total_seconds() > longest


def test_no_function_may_take_longer_than_the_mode_before_is_reckoned_with() -> None:
    times = template()["Parameters"]
    longest = max(times[name]["MaxValue"] for name in times if name.endswith("TimeoutSeconds"))
    assert timedelta(seconds=int(longest)) <= MODE_OVERLAP


def test_old_messages_alarm_before_they_are_lost_and_not_while_they_may_wait_f43() -> None:
    assert seconds("PollExpirySeconds") < seconds("OldestMessageSeconds") < seconds("PollsRetentionSeconds")


def test_every_time_that_a_function_is_told_is_one_that_its_settings_know() -> None:
    told = {
        name: value["Ref"]
        for function in resources_of("AWS::Serverless::Function").values()
        for name, value in function["Properties"]["Environment"]["Variables"].items()
        if name.endswith("_SECONDS") and "Ref" in value
    }
    moved = {name: str(1000 + n) for n, name in enumerate(sorted(told))}
    known = {value.total_seconds() for value in vars_of(Settings.read(moved)) if isinstance(value, timedelta)}
    assert {float(value) for value in moved.values()} <= known


def vars_of(settings: Settings) -> list[object]:
    return [getattr(settings, field.name) for field in fields(settings)]


def test_the_rate_of_the_rule_is_the_interval_in_the_words_of_eventbridge() -> None:
    every = template()["Mappings"]["Every"]
    assert set(every) == set(template()["Parameters"]["IntervalMinutes"]["AllowedValues"])
    for minutes, row in every.items():
        assert int(row["Seconds"]) == int(minutes) * 60
        words = {"1": "rate(1 minute)", "60": "rate(1 hour)"}
        assert row["Rate"] == words.get(minutes, f"rate({minutes} minutes)")


def test_the_dead_man_alarm_rings_after_three_intervals_without_a_good_run_f20() -> None:
    alarm = resource("NoGoodRunAlarm")["Properties"]
    assert alarm["MetricName"] == "GoodRuns"
    assert alarm["Period"] == {"Fn::FindInMap": ["Every", {"Ref": "IntervalMinutes"}, "Seconds"]}
    assert (alarm["EvaluationPeriods"], alarm["Statistic"], alarm["Threshold"]) == (3, "Sum", 1)
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "breaching"


def test_every_trouble_has_its_alarm_f3_f20_f43() -> None:
    watched = {
        (
            body["Properties"]["MetricName"],
            body["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
            if body["Properties"]["Namespace"] == "AWS/SQS"
            else "",
        )
        for body in resources_of("AWS::CloudWatch::Alarm").values()
    }
    assert watched == {
        ("GoodRuns", ""),
        ("CarrierOutages", ""),
        ("ShopOutages", ""),
        ("TelegramOutages", ""),
        ("CredentialsRefused", ""),
        ("NoticesOverdue", ""),
        ("ApproximateAgeOfOldestMessage", "PollsQueue"),
        ("ApproximateAgeOfOldestMessage", "NoticesQueue"),
        ("ApproximateNumberOfMessagesVisible", "PollsDeadLetterQueue"),
        ("ApproximateNumberOfMessagesVisible", "NoticesDeadLetterQueue"),
        ("ApproximateNumberOfMessagesVisible", "WebhooksDeadLetterQueue"),
    }


def test_a_call_fits_into_its_function_and_is_hidden_for_no_longer_than_its_queue_remembers() -> None:
    calls = resource("WebhooksFunction")["Properties"]["Events"]["Calls"]["Properties"]["BatchSize"]
    assert calls * seconds("WebhookTimeoutSeconds") < seconds("WebhooksTimeoutSeconds")
    queue = resource("WebhooksQueue")["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * seconds("WebhooksTimeoutSeconds")
    lasts = timedelta(hours=seconds("WebhookHours"))
    longest = timedelta(hours=int(template()["Parameters"]["WebhookHours"]["MaxValue"]))
    assert longest + LONGEST_PAUSE < timedelta(seconds=queue["MessageRetentionPeriod"])
    attempts, passed = 0, timedelta()
    while passed < longest:
        attempts += 1
        passed += pause(attempts)
    assert attempts < queue["RedrivePolicy"]["maxReceiveCount"]
    assert lasts == Settings().webhook_lasts
    assert seconds("WebhookTimeoutSeconds") == Settings().webhook_timeout.total_seconds()


def test_a_page_outlives_one_read_of_the_store_that_times_out() -> None:
    assert seconds("WebTimeoutSeconds") >= 2 * READ_SECONDS + 1


def test_no_parcel_is_forgotten_before_it_is_given_up_and_no_report_is_told_twice() -> None:
    shortest = template()["Parameters"]["RetentionDays"]["MinValue"]
    assert shortest == SHORTEST_RETENTION > max(SILENT_DAYS, MONEY_DAYS, CREATED_DAYS, NOT_FOUND_DAYS)
    assert shortest > 31  # the ledger knows the month's report as long as that month is the last one
    for days in ("60", "3651", "x", "0"):
        with pytest.raises(ConfigurationError, match="RETENTION_DAYS must be a whole number of days from 61 to 3650"):
            Settings.read({"RETENTION_DAYS": days})
