"""The arithmetic of the template's time constants, in seconds."""

import pytest

from tests.template import parameter, resource, resources_of, template

#: SQS delays a message by at most this.
LONGEST_DELAY = 900
#: No poll comes back sooner: a wait for the pace under this is waited out in the tracker.
SHORTEST_PAUSE = 10
#: To connect to Telegram and to read its answer.
LONGEST_SEND = 3 + 30
#: Telegram may be away for this long, and no notice reaches the dead letters.
OUTAGE = 12 * 3600


def seconds(name: str) -> int:
    return int(parameter(name))


def interval() -> int:
    return int(template()["Mappings"]["Every"][parameter("IntervalMinutes")]["Seconds"])


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
    assert seconds("PollsMaxReceives") * SHORTEST_PAUSE > seconds("PollExpirySeconds")


def test_notices_survive_a_long_outage_of_telegram_in_their_queue() -> None:
    assert seconds("NoticesMaxReceives") * seconds("ProbeSeconds") >= OUTAGE
    assert seconds("NoticesRetentionSeconds") >= OUTAGE


def test_one_send_fits_into_the_notifier_and_the_notifier_into_the_lease() -> None:
    assert LONGEST_SEND < seconds("NotifierTimeoutSeconds") < seconds("LeaseSeconds")
    assert seconds("LeaseSeconds") < seconds("NoticesVisibilitySeconds")


def test_the_sweep_comes_after_the_queue() -> None:
    assert seconds("NoticeDueSeconds") > seconds("NotifierTimeoutSeconds")
    assert seconds("RetryMarginSeconds") > seconds("NoticesVisibilitySeconds")


def test_old_messages_alarm_before_they_are_lost_and_not_while_they_may_wait_f43() -> None:
    assert seconds("PollExpirySeconds") < seconds("OldestMessageSeconds") < seconds("PollsRetentionSeconds")


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
    }
