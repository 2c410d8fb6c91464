// A hundred thousand answers of every kind of nonsense, or a fifth of them where a sanitizer slows each down, judged by
// the rules of every provider in the catalogue: none ends a grant, and none makes a secret known.
#include "answer_grammar.h"
#include "broker/refresh_policy.h"
#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace evergrant::broker {
namespace {

constexpr Instant now{std::chrono::seconds(1'700'000'000)};
constexpr std::array<std::string_view, 2> secrets{"refresh-0123456789abcdef", "client-secret-with-:-and-%"};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned answers = 20'000;
#elif defined(__has_feature)
constexpr unsigned answers = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ? 20'000 : 100'000;
#else
constexpr unsigned answers = 100'000;
#endif

std::string told_by(const oauth::BackChannelAnswer& answer) {
    return std::to_string(answer.status) + " " + answer.content_type + ": " + answer.body;
}

oauth::TokenResponseContext context_of(const catalog::Provider& provider) {
    oauth::TokenResponseContext context;
    context.now = std::chrono::floor<std::chrono::seconds>(now);
    context.scope_separator = provider.scope_separator;
    context.assumed_lifetime = provider.access_token_lifetime;
    context.error_rules = provider.errors;
    context.secrets.assign(secrets.begin(), secrets.end());
    return context;
}

void is_harmless(const oauth::ProviderFailure& failure, const oauth::BackChannelAnswer& answer, double dice) {
    const auto result = consequence({}, failure, {}, now, dice);

    ASSERT_EQ(result.status, storage::ConnectionStatus::refresh_failed) << told_by(answer);
    ASSERT_TRUE(result.next_try_at) << told_by(answer);
    ASSERT_LE(*result.next_try_at, now + std::chrono::days(1)) << told_by(answer);
    for (const std::string_view secret : secrets)
        for (const std::string* text : {&failure.code, &failure.reason, &failure.detail})
            ASSERT_EQ(text->find(secret), std::string::npos) << told_by(answer);
}

void is_believable(const oauth::TokenSet& tokens, const oauth::BackChannelAnswer& answer) {
    ASSERT_FALSE(tokens.access_token.empty()) << told_by(answer);
    if (tokens.expires_at) {
        ASSERT_LE(*tokens.expires_at - now, std::chrono::years(10)) << told_by(answer);
    }
}

TEST(FaultyAnswersTest, of_any_kind_end_no_grant_and_tell_no_secret) {
    const auto catalog = catalog::Catalog::built_in();
    const auto providers = catalog.all();
    oauth::AnswerGrammar grammar(20'251'126, secrets);

    for (unsigned n = 0; n < answers && !HasFatalFailure(); ++n) {
        const oauth::BackChannelAnswer answer = grammar.next();
        const double dice = static_cast<double>(grammar.below(100)) / 100;
        const auto read = oauth::read_token_response(answer, context_of(*providers[n % providers.size()]));
        if (read)
            is_believable(*read, answer);
        else
            is_harmless(read.error(), answer, dice);
    }
}

TEST(FaultyAnswersTest, are_of_every_kind_of_failure_but_death) {
    const auto catalog = catalog::Catalog::built_in();
    const auto context = context_of(*catalog.find(ProviderId("oauth2")));
    oauth::AnswerGrammar grammar(1, secrets);
    std::array<unsigned, 8> seen{};

    for (unsigned n = 0; n < 2'000; ++n)
        if (const auto read = oauth::read_token_response(grammar.next(), context); !read)
            ++seen.at(static_cast<std::size_t>(read.error().failure));
        else
            ++seen.back();

    EXPECT_EQ(seen.at(static_cast<std::size_t>(oauth::FailureClass::dead_grant)), 0U);
    for (const auto kind : {oauth::FailureClass::app_misconfigured, oauth::FailureClass::request_rejected,
                            oauth::FailureClass::throttled, oauth::FailureClass::provider_unavailable})
        EXPECT_GT(seen.at(static_cast<std::size_t>(kind)), 0U) << name_of(kind);
    EXPECT_GT(seen.back(), 0U) << "good enough to be taken";
}

}  // namespace
}  // namespace evergrant::broker
