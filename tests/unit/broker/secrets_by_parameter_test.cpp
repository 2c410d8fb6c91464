// Secrets of an app that are for connections with one value of a parameter, as a provider's data centres may want them.
#include "broker/secret_list.h"
#include "stage.h"

namespace evergrant::broker {

class SecretsByParameterTest : public Stage {
protected:
    SecretsByParameterTest() {
        std::string entry(demo_provider);
        entry.replace(entry.find("id: demo"), 8, "id: centres");
        entry += "parameters:\n  - {name: centre, allowed: [us, eu, in], default: us}\n";
        const auto problems = catalog_.add(entry, "centres.yaml");
        if (!problems.empty())
            throw std::runtime_error(problems.front().to_string());
    }

    /// The usual secret and an older one, and another for one value of a parameter.
    static SecretList secrets_for(const std::string& value, const std::string& parameter = "centre") {
        SecretList list;
        list.usual.emplace_back("the usual secret");
        list.usual.emplace_back("an older one");
        SecretsOfParameter& one = list.by.emplace().emplace_back();
        one.parameter = parameter;
        one.value = value;
        one.secrets.emplace_back("secret of " + value);
        return list;
    }
    static AppClient client_with(SecretList list) {
        std::vector<SecretString> all = std::move(list).written();
        AppClient client;
        client.registration.client_secret = std::move(all.front());
        for (std::size_t i = 1; i < all.size(); ++i)
            client.other_secrets.push_back(std::move(all[i]));
        return client;
    }

    Result<SecretList> save(SecretList list, const std::string& client_id = "our-client") {
        CredentialsGiven given;
        given.provider = "centres";
        given.client_id = client_id;
        given.client_secrets = std::move(list).written();
        auto saved = run(use_cases().administration.save_credentials(std::move(given)));
        if (!saved)
            return std::unexpected(saved.error());
        auto stored = run(store_->find_app_credentials(std::nullopt, ProviderId("centres")));
        return SecretList::read(std::move((*stored)->client_secrets));
    }
};

TEST_F(SecretsByParameterTest, are_the_only_ones_for_connections_with_that_value) {
    AppClient client = client_with(secrets_for("eu"));

    narrow_to(&client, {{"centre", "eu"}});

    EXPECT_EQ(client.registration.client_secret.reveal(), "secret of eu");
    EXPECT_TRUE(client.other_secrets.empty());
}

TEST_F(SecretsByParameterTest, are_none_for_connections_with_another_value) {
    AppClient client = client_with(secrets_for("eu"));

    narrow_to(&client, {{"centre", "in"}});

    EXPECT_EQ(client.registration.client_secret.reveal(), "the usual secret");
    ASSERT_EQ(client.other_secrets.size(), 1U);
    EXPECT_EQ(client.other_secrets.front().reveal(), "an older one");
}

TEST_F(SecretsByParameterTest, may_stand_without_a_usual_one) {
    SecretList list = secrets_for("eu");
    list.usual.clear();
    AppClient client = client_with(std::move(list));
    AppClient elsewhere = client.clone();

    narrow_to(&client, {{"centre", "eu"}});
    narrow_to(&elsewhere, {});

    EXPECT_EQ(client.registration.client_secret.reveal(), "secret of eu");
    EXPECT_TRUE(elsewhere.registration.client_secret.empty());
}

TEST_F(SecretsByParameterTest, change_nothing_for_an_app_that_has_one_secret) {
    AppClient client;
    client.registration.client_secret = SecretString("the only one");

    narrow_to(&client, {{"centre", "eu"}});

    EXPECT_EQ(client.registration.client_secret.reveal(), "the only one");
}

TEST_F(SecretsByParameterTest, of_a_parameter_that_the_provider_does_not_have_are_refused) {
    EXPECT_EQ(save(secrets_for("eu", "region")).error().code, Errc::invalid_request);
}

TEST_F(SecretsByParameterTest, of_a_value_that_no_connection_can_have_are_refused) {
    EXPECT_EQ(save(secrets_for("mars")).error().code, Errc::invalid_request);
}

TEST_F(SecretsByParameterTest, stay_when_a_change_does_not_name_them) {
    ASSERT_TRUE(save(secrets_for("eu")));
    SecretList change;
    change.usual.emplace_back("another usual secret");

    const auto stored = save(std::move(change));

    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->usual.size(), 1U);
    EXPECT_EQ(stored->usual.front().reveal(), "another usual secret");
    ASSERT_TRUE(stored->by);
    EXPECT_EQ(stored->by->front().secrets.front().reveal(), "secret of eu");
}

TEST_F(SecretsByParameterTest, go_when_a_change_says_that_there_are_none_and_the_usual_ones_stay) {
    ASSERT_TRUE(save(secrets_for("eu")));
    SecretList none;
    none.by.emplace();

    const auto stored = save(std::move(none));

    ASSERT_TRUE(stored);
    EXPECT_FALSE(stored->by);
    EXPECT_EQ(stored->usual.size(), 2U);
}

TEST_F(SecretsByParameterTest, of_another_app_are_not_taken_over) {
    ASSERT_TRUE(save(secrets_for("eu")));

    const auto stored = save({}, "another-client");

    ASSERT_TRUE(stored);
    EXPECT_FALSE(stored->by);
    EXPECT_TRUE(stored->usual.empty());
}

}  // namespace evergrant::broker
