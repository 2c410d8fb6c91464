// Health: which connections are to be looked at, what was found, and how all stand.
#include "store_contract.h"

namespace evergrant::storage {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

ConnectionKey key_of(const std::string& name) {
    return {TenantId("acme"), IntegrationId(name)};
}

std::vector<std::string> names_of(const std::vector<DueCheck>& due) {
    std::vector<std::string> names;
    for (const DueCheck& one : due)
        names.push_back(one.connection.key.integration.str());
    return names;
}

std::vector<std::string> names_of(const Page<HealthReport>& page) {
    std::vector<std::string> names;
    for (const HealthReport& one : page.items)
        names.push_back(one.connection.key.integration.str());
    return names;
}

using Names = std::vector<std::string>;

CheckFinding found_of(const Connection& connection, CheckVerdict verdict, const std::string& error = "") {
    CheckFinding finding;
    finding.key = connection.summary.key;
    finding.generation = connection.summary.generation;
    finding.verdict = verdict;
    finding.error = error;
    return finding;
}

}  // namespace

TEST_P(HealthContract, what_is_to_be_looked_at_is_offered_soonest_first_and_nothing_before_its_time) {
    for (const int minute : {3, 1, 2, 9})
        saved_to_check("in-" + std::to_string(minute), minutes(minute));
    saved(key_of("never"));

    EXPECT_TRUE(claimed().empty());
    clock_.advance(minutes(3));
    EXPECT_EQ(names_of(claimed(1)), Names{"in-1"});
    const auto rest = names_of(claimed());
    EXPECT_EQ(std::set<std::string>(rest.begin(), rest.end()), (std::set<std::string>{"in-2", "in-3"}));
}

TEST_P(HealthContract, a_claimed_connection_is_offered_again_only_when_the_claim_is_over) {
    saved_to_check("crm");
    EXPECT_EQ(names_of(claimed()), Names{"crm"});

    clock_.advance(check_claim - std::chrono::milliseconds(1));
    EXPECT_TRUE(claimed().empty());
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(names_of(claimed()), Names{"crm"});
}

TEST_P(HealthContract, claims_made_at_once_are_of_different_connections) {
    for (int i = 0; i < 40; ++i)
        saved_to_check("in-" + std::to_string(i));
    std::vector<Task<Result<std::vector<DueCheck>>>> calls;
    for (int i = 0; i < 8; ++i)
        calls.push_back(store().claim_due_checks({check_claim, 5}));

    const auto answers = ask_all(std::move(calls));

    std::set<std::string> different;
    std::size_t offered = 0;
    for (const auto& due : answers) {
        offered += due.size();
        for (const std::string& name : names_of(due))
            different.insert(name);
    }
    EXPECT_EQ(different.size(), offered);
}

TEST_P(HealthContract, a_claim_moves_the_claimed_and_no_other_tenants_connections) {
    const Connection due = saved_of("tenant-0", clock_.now());
    const auto others = saved_of_many_tenants(clock_.now() + hours(1));

    EXPECT_EQ(names_of(claimed(100)), Names{"crm"});

    EXPECT_EQ(found(due.summary.key)->summary.next_check_at, clock_.now() + check_claim);
    for (const ConnectionKey& other : others)
        EXPECT_EQ(found(other)->summary.next_check_at, clock_.now() + hours(1)) << other.tenant.str();
}

TEST_P(HealthContract, a_claim_tells_the_time_of_the_store_and_how_the_connection_stands) {
    const Connection connection = saved_to_check("crm");

    const auto due = claimed();

    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due.front().now, clock_.now());
    EXPECT_EQ(due.front().connection.generation, connection.summary.generation);
    EXPECT_TRUE(due.front().connection.renewable);
}

TEST_P(HealthContract, a_check_that_works_is_dated_and_ends_the_last_error) {
    const Connection connection = saved_to_check("crm");
    recorded(found_of(connection, CheckVerdict::unclear, "The provider answered 503."));
    clock_.advance(minutes(1));
    CheckFinding finding = found_of(connection, CheckVerdict::works);
    finding.next_check_at = clock_.now() + hours(1);

    EXPECT_TRUE(recorded(std::move(finding)));

    const ConnectionSummary summary = summary_of("crm");
    EXPECT_EQ(summary.last_check_at, clock_.now());
    EXPECT_EQ(summary.next_check_at, clock_.now() + hours(1));
    EXPECT_EQ(summary.last_error, "");
    EXPECT_EQ(summary.status, ConnectionStatus::healthy);
}

TEST_P(HealthContract, what_is_unclear_is_noted_and_changes_no_status) {
    const Connection connection = saved_to_check("crm");

    EXPECT_TRUE(recorded(found_of(connection, CheckVerdict::unclear, "The provider answered 503.")));

    EXPECT_EQ(summary_of("crm").last_error, "The provider answered 503.");
    EXPECT_EQ(summary_of("crm").status, ConnectionStatus::healthy);
}

TEST_P(HealthContract, what_a_refresh_has_failed_of_outlasts_a_check) {
    saved();
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "No answer.", clock_.now(), false}));

    recorded(found_of(*found(), CheckVerdict::works));

    EXPECT_EQ(found()->summary.last_error, "No answer.");
    EXPECT_EQ(found()->summary.status, ConnectionStatus::refresh_failed);
}

TEST_P(HealthContract, a_move_of_the_calendar_is_no_check) {
    const Connection connection = saved_to_check("crm");
    clock_.advance(minutes(1));
    CheckFinding finding = found_of(connection, CheckVerdict::unseen);
    finding.renewal_notice = 14;
    finding.next_check_at = clock_.now() + hours(1);

    EXPECT_TRUE(recorded(std::move(finding)));

    EXPECT_EQ(summary_of("crm").renewal_notice, 14U);
    EXPECT_EQ(summary_of("crm").last_check_at, clock_.now() - minutes(1));
}

TEST_P(HealthContract, what_was_found_of_an_older_generation_changes_nothing) {
    const Connection before = saved_to_check("crm");
    saved_to_check("crm", hours(1));

    EXPECT_FALSE(recorded(found_of(before, CheckVerdict::unclear, "Refused.")));

    EXPECT_EQ(summary_of("crm").last_error, "");
    EXPECT_EQ(summary_of("crm").next_check_at, clock_.now() + hours(1));
}

TEST_P(HealthContract, one_without_a_refresh_token_is_found_dead_and_never_offered_again) {
    NewGrant grant = some_grant(key_of("crm"));
    grant.tokens.refresh_token = SecretString();
    grant.check_at = clock_.now();
    const Connection connection = ask(store().save_grant(std::move(grant)));
    claimed();

    EXPECT_TRUE(recorded(found_of(connection, CheckVerdict::dead, "It has expired.")));

    clock_.advance(hours(1));
    EXPECT_TRUE(claimed().empty());
    EXPECT_EQ(summary_of("crm").status, ConnectionStatus::invalid);
    EXPECT_EQ(summary_of("crm").last_error, "It has expired.");
    EXPECT_EQ(summary_of("crm").expires_at, connection.summary.expires_at);
}

TEST_P(HealthContract, one_with_a_refresh_token_is_not_found_dead_by_a_check) {
    const Connection connection = saved_to_check("crm");

    EXPECT_FALSE(recorded(found_of(connection, CheckVerdict::dead, "It has expired.")));

    EXPECT_EQ(summary_of("crm").status, ConnectionStatus::healthy);
}

TEST_P(HealthContract, a_dead_ones_access_token_can_end_before_its_time_and_keeps_the_reason_of_its_death) {
    saved();
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::invalid, "Revoked.", std::nullopt, false}));
    CheckFinding finding = found_of(*found(), CheckVerdict::dead, "Refused.");
    finding.token_ended = true;

    EXPECT_TRUE(recorded(std::move(finding)));

    EXPECT_EQ(found()->summary.expires_at, clock_.now_seconds());
    EXPECT_EQ(found()->summary.last_error, "Revoked.");
}

TEST_P(HealthContract, a_refresh_is_a_check_whether_it_succeeds_or_fails) {
    saved();
    clock_.advance(minutes(1));
    completed(leased("one"), "2");
    EXPECT_EQ(found()->summary.last_check_at, clock_.now());

    clock_.advance(minutes(1));
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "Down.", std::nullopt, false}));
    EXPECT_EQ(found()->summary.last_check_at, clock_.now());
}

TEST_P(HealthContract, a_refresh_that_finds_it_dead_ends_its_checks) {
    NewGrant grant = some_grant();
    grant.check_at = clock_.now();
    ask(store().save_grant(std::move(grant)));

    ask(store().fail_refresh(leased("one"), {ConnectionStatus::invalid, "Revoked.", std::nullopt, false}));

    EXPECT_TRUE(claimed().empty());
}

TEST_P(HealthContract, a_refresh_brings_a_check_nearer_and_never_puts_it_off) {
    saved();
    for (const auto& [asked, expected] :
         {std::pair(minutes(9), minutes(9)), std::pair(minutes(30), minutes(9)), std::pair(minutes(2), minutes(2))}) {
        ask(store().complete_refresh(
            {leased("one"), full_tokens("2"), std::nullopt, clock_.now() + asked, std::nullopt}));
        EXPECT_EQ(found()->summary.next_check_at, clock_.now() + expected);
    }
}

TEST_P(HealthContract, a_refresh_keeps_the_day_of_death_unless_it_tells_another) {
    NewGrant grant = some_grant();
    grant.dies_at = clock_.now_seconds() + hours(24);
    const Connection connection = ask(store().save_grant(std::move(grant)));
    CheckFinding finding = found_of(connection, CheckVerdict::unseen);
    finding.renewal_notice = 1;
    recorded(std::move(finding));

    completed(leased("one"), "2");
    EXPECT_EQ(found()->summary.dies_at, clock_.now_seconds() + hours(24));
    EXPECT_EQ(found()->summary.renewal_notice, 1U);
    const sys_seconds later = clock_.now_seconds() + hours(24 * 100);
    ask(store().complete_refresh({leased("one"), full_tokens("3"), std::nullopt, std::nullopt, later}));

    EXPECT_EQ(found()->summary.dies_at, later);
    EXPECT_EQ(found()->summary.renewal_notice, 0U);
}

TEST_P(HealthContract, a_grant_is_dated_when_it_is_obtained_and_not_by_its_refreshes) {
    saved();
    const Instant obtained = clock_.now();
    clock_.advance(hours(1));
    completed(leased("one"), "2");
    EXPECT_EQ(found()->summary.obtained_at, obtained);

    saved();
    EXPECT_EQ(found()->summary.obtained_at, clock_.now());
}

TEST_P(HealthContract, expiring_is_a_healthy_one_in_the_last_quarter_or_hour_of_its_tokens_life) {
    saved_with_life("fresh", minutes(16), hours(1));
    saved_with_life("last-quarter", minutes(15), hours(1));
    saved_with_life("last-hour", minutes(60), hours(24));
    saved_with_life("long", minutes(61), hours(24));

    EXPECT_EQ(names_of(listed(HealthStatus::expiring)), (Names{"last-hour", "last-quarter"}));
    EXPECT_EQ(names_of(listed(HealthStatus::healthy)), (Names{"fresh", "long"}));
    EXPECT_EQ(names_of(listed(std::nullopt)), (Names{"fresh", "last-hour", "last-quarter", "long"}));
}

TEST_P(HealthContract, counts_are_of_what_the_filter_lets_through) {
    saved_with_life("soon", minutes(1), hours(1));
    saved_with_life("fresh", hours(1), hours(1));
    const Connection dead = saved_with_life("dead", hours(1), hours(1), false);
    recorded(found_of(dead, CheckVerdict::dead, "Refused."));
    saved();
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "Down.", std::nullopt, false}));
    saved({TenantId("globex"), IntegrationId("crm")});

    HealthFilter filter;
    EXPECT_EQ(ask(store().count_health(filter)), (HealthCounts{2, 1, 1, 1}));
    filter.tenant = TenantId("acme");
    EXPECT_EQ(ask(store().count_health(filter)), (HealthCounts{1, 1, 1, 1}));
    filter.provider = ProviderId("zoho_crm");
    filter.status = HealthStatus::expiring;
    EXPECT_EQ(ask(store().count_health(filter)), (HealthCounts{0, 1, 0, 0}));
    filter.provider = ProviderId("hubspot");
    EXPECT_EQ(ask(store().count_health(filter)), (HealthCounts{0, 0, 0, 0}));
}

TEST_P(HealthContract, without_connections_nothing_expires_next) {
    const NextExpiries next = ask(store().next_expiries());

    EXPECT_EQ(next.healthy, std::nullopt);
    EXPECT_EQ(next.refresh_failed, std::nullopt);
}

TEST_P(HealthContract, what_expires_next_is_told_of_those_that_work_and_those_that_fail_apart) {
    saved_with_life("later", hours(2), hours(2));
    saved_with_life("sooner", minutes(30), hours(1));
    const Connection dead = saved_with_life("dead", minutes(1), hours(1), false);
    recorded(found_of(dead, CheckVerdict::dead, "Refused."));
    saved();
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "Down.", std::nullopt, false}));
    const seconds failing_left = *found(some_key)->tokens.expires_at - clock_.now_seconds();

    clock_.advance(minutes(40));

    const NextExpiries next = ask(store().next_expiries());
    EXPECT_EQ(next.healthy, -minutes(10));
    EXPECT_EQ(next.refresh_failed, failing_left - minutes(40));
}

TEST_P(HealthContract, lists_page_by_cursor_under_every_filter) {
    for (const char* name : {"a", "b", "c"})
        saved_with_life(name, minutes(1), hours(1));
    HealthFilter filter;
    filter.tenant = TenantId("acme");
    filter.provider = ProviderId("zoho_crm");
    filter.status = HealthStatus::expiring;

    const auto first = ask(store().list_health(filter, "", 2));
    const auto second = ask(store().list_health(filter, first.next_cursor, 2));

    EXPECT_EQ(names_of(first), (Names{"a", "b"}));
    EXPECT_EQ(names_of(second), Names{"c"});
    EXPECT_EQ(second.next_cursor, "");
}

TEST_P(HealthContract, checks_demanded_of_a_provider_are_made_of_what_is_not_planned_or_late_within_the_spread) {
    saved(key_of("never"));
    saved_to_check("late", hours(100));
    saved_to_check("soon", hours(2));
    CheckDemand demand;
    demand.provider = ProviderId("zoho_crm");
    demand.beyond = hours(48);
    demand.spread = minutes(30);
    demand.limit = 10;

    EXPECT_EQ(ask(store().demand_checks(demand)), 2U);

    EXPECT_EQ(ask(store().demand_checks(demand)), 0U);
    clock_.advance(minutes(30));
    const auto names = names_of(claimed());
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), (std::set<std::string>{"late", "never"}));
}

TEST_P(HealthContract, checks_demanded_are_planned_up_to_the_limit) {
    for (const std::string name : {"a", "b"})
        saved(key_of(name));
    saved_to_check("late", hours(100));
    CheckDemand demand;
    demand.provider = ProviderId("zoho_crm");
    demand.beyond = hours(48);
    demand.spread = minutes(30);
    demand.limit = 2;

    EXPECT_EQ(ask(store().demand_checks(demand)), 2U);
    EXPECT_EQ(ask(store().demand_checks(demand)), 1U);
}

TEST_P(HealthContract, checks_demanded_move_no_other_tenants_connections) {
    saved_of("tenant-0", std::nullopt);
    const auto others = saved_of_many_tenants(clock_.now() + hours(1));
    CheckDemand demand;
    demand.provider = ProviderId("zoho_crm");
    demand.beyond = hours(48);
    demand.spread = minutes(30);
    demand.limit = 100;

    EXPECT_EQ(ask(store().demand_checks(demand)), 1U);

    for (const ConnectionKey& other : others)
        EXPECT_EQ(found(other)->summary.next_check_at, clock_.now() + hours(1)) << other.tenant.str();
}

TEST_P(HealthContract, no_check_is_demanded_of_the_dead_or_of_another_provider) {
    const Connection connection = saved();
    CheckDemand demand;
    demand.provider = ProviderId("hubspot");
    demand.spread = minutes(30);
    demand.limit = 10;
    EXPECT_EQ(ask(store().demand_checks(demand)), 0U);
    const auto lease = std::get<LeaseTaken>(ask(store().take_lease({some_key, "one", minutes(1), 0}))).lease;
    ask(store().fail_refresh(lease, {ConnectionStatus::invalid, "Dead.", clock_.now(), false}));

    demand.provider = connection.summary.provider;

    EXPECT_EQ(ask(store().demand_checks(demand)), 0U);
}

}  // namespace evergrant::storage
