#pragma once
//
// LaunchIssuerCalls: the part of the store that keeps launch issuers, as calls of its engine.
//
#include "storage/launch_issuers.h"
#include "storage/sqlite/connect_session_calls.h"
#include "storage/sqlite/launch_issuers.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage::sqlite {

/// Thread: any.
class LaunchIssuerCalls : public LaunchIssuerStore, public ConnectSessionCalls {
public:
    using ConnectSessionCalls::ConnectSessionCalls;

    Task<Result<std::vector<LaunchIssuer>>> list_launch_issuers() override {
        return read<std::vector<LaunchIssuer>>([](Session& session) { return sqlite::list_launch_issuers(session); });
    }
    Task<Result<std::optional<LaunchIssuer>>> find_launch_issuer(ProviderId provider, std::string issuer) override {
        return read<std::optional<LaunchIssuer>>(
            [provider = std::move(provider), issuer = std::move(issuer)](Session& session) {
                return sqlite::find_launch_issuer(session, provider, issuer);
            });
    }
    Task<Result<bool>> save_launch_issuer(LaunchIssuer issuer) override {
        return change<bool>(
            [issuer = std::move(issuer)](Session& session) { return sqlite::save_launch_issuer(session, issuer); });
    }
    Task<Result<bool>> remove_launch_issuer(ProviderId provider, std::string issuer) override {
        return change<bool>([provider = std::move(provider), issuer = std::move(issuer)](Session& session) {
            return sqlite::remove_launch_issuer(session, provider, issuer);
        });
    }
};

}  // namespace evergrant::storage::sqlite
