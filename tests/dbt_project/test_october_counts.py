"""What became of every request of October: billed, not billed and why, counted nowhere twice."""

from pathlib import Path

from tests.dbt_project.warehouse import read


def test_every_request_that_is_not_billed_says_why(october: Path) -> None:
    rows = read(
        october,
        """select organization_id, not_billed_reason, sum(requests)::bigint
        from usage.usage_daily where not_billed_reason <> '' group by all order by all""",
    )
    assert rows == [
        ("org_berlin", "rate_limited", 1),
        ("org_custom", "included_in_subscription", 1),
        ("org_custom", "subscription_inactive", 1),
        ("org_gap", "key_not_valid", 1),
        ("org_oslo", "byok", 1),
        ("org_oslo", "gateway_cache_hit", 1),
        ("org_oslo", "upstream_error", 1),
        ("org_plan", "included_in_subscription", 1),
    ]


def test_unpriced_usage_is_named_and_leaves_only_its_organization_unbalanced(
    october: Path,
) -> None:
    unpriced = read(
        october,
        """select organization_id, model_id, meter, quantity, problem
        from intermediate.int_rating__unpriced""",
    )
    assert unpriced == [("org_gap", "mystery", "input_uncached", 77, "no_price")]
    unbalanced = read(
        october,
        """select organization_id, meter, billed, rated from finance.reconciliation
        where not is_balanced""",
    )
    assert unbalanced == [("org_gap", "input_uncached", 1000077, 1000000)]


def test_what_was_received_is_billed_or_has_its_reason(october: Path) -> None:
    rows = read(
        october,
        """select organization_id, received, billed, not_billed, duplicates, quarantined
        from finance.reconciliation where meter = 'requests' order by organization_id""",
    )
    assert rows == [
        ("org_berlin", 7, 5, 1, 1, 0),
        ("org_custom", 2, 0, 2, 0, 0),
        ("org_gap", 3, 2, 1, 0, 0),
        ("org_kolkata", 3, 3, 0, 0, 0),
        ("org_oslo", 7, 3, 3, 0, 1),
        ("org_plan", 1, 0, 1, 0, 0),
        ("org_silent", 0, 0, 0, 0, 0),
        ("org_tokyo", 1, 1, 0, 0, 0),
        ("unknown", 2, 0, 0, 0, 2),
    ]


def test_days_are_the_organizations_own(october: Path) -> None:
    rows = read(
        october,
        """select usage_date::varchar, output_visible_tokens from usage.usage_daily
        where organization_id = 'org_kolkata' order by usage_date""",
    )
    assert rows == [("2026-10-01", 2000), ("2026-10-10", 10000), ("2026-10-11", 100000)]


def test_the_busiest_minute_of_a_quarter_hour_counts_what_was_served_by_key_model_and_subscription(
    october: Path,
) -> None:
    rows = read(
        october,
        """select scope, scope_id, model_id, peak_minute_requests,
        strftime(peak_minute_requests_at, '%H:%M'), peak_minute_tokens, throttled_requests
        from intermediate.int_usage__minute_peaks
        where quarter_hour in ('2026-10-20 09:30:00', '2026-10-07 10:00:00')
        and scope_id in ('key_berlin', 'sub_plan') order by all""",
    )
    assert rows == [
        ("key", "key_berlin", "", 1, "09:30", 1000000, 1),
        ("key_model", "key_berlin", "claude", 1, "09:30", 1000000, 0),
        ("key_model", "key_berlin", "gpt", 0, "09:31", 0, 1),
        ("subscription", "sub_plan", "", 1, "10:00", 4100, 0),
        ("subscription_model", "sub_plan", "gpt", 1, "10:00", 4100, 0),
    ]


def test_what_analysts_read_holds_no_money_and_no_secret(october: Path) -> None:
    columns = read(
        october,
        """select column_name from information_schema.columns where table_schema = 'usage'
        and (data_type like 'DECIMAL%' or regexp_matches(
            column_name, 'amount|price|currency|discount|tax|sha256|secret'
        ))""",
    )
    assert columns == []
