// The PostgreSQL engine under the contract that every engine keeps.
#include "alert_contract.h"
#include "connect_session_contract.h"
#include "contents_contract.h"
#include "launch_issuer_contract.h"
#include "postgres_under_test.h"
#include "revocation_contract.h"
#include "signing_key_contract.h"
#include "turn_contract.h"

namespace evergrant::storage {

namespace {

const EngineFactory postgres_engine{
    "postgresql", [](const Clock& clock, boost::asio::io_context& context) -> std::unique_ptr<EngineUnderTest> {
        return std::make_unique<PostgresUnderTest>(clock, context);
    }};

const auto engine_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, AppGrantContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, GrantedByContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, ConnectionContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, LeaseContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, ClaimContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, BudgetContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, HealthContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, RefreshContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, AuthorizationContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, ContentsContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, AlertContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, AlertEndContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, ConnectSessionContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, RevocationContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, LaunchIssuerContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, SigningKeyContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, TurnContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, RecordContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, AuditContract, ::testing::Values(postgres_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Postgres, MasterKeyContract, ::testing::Values(postgres_engine), engine_name);

}  // namespace evergrant::storage
