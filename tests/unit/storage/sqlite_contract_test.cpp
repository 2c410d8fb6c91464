// The SQLite engine under the contract that every engine keeps.
#include "alert_contract.h"
#include "connect_session_contract.h"
#include "contents_contract.h"
#include "launch_issuer_contract.h"
#include "revocation_contract.h"
#include "signing_key_contract.h"
#include "sqlite_under_test.h"
#include "turn_contract.h"

namespace evergrant::storage {

namespace {

const EngineFactory sqlite_engine{"sqlite",
                                  [](const Clock& clock, boost::asio::io_context&) -> std::unique_ptr<EngineUnderTest> {
                                      return std::make_unique<SqliteUnderTest>(clock);
                                  }};

const auto engine_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace

INSTANTIATE_TEST_SUITE_P(Engines, AppGrantContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, GrantedByContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, ConnectionContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, LeaseContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, ClaimContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, BudgetContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, HealthContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, RefreshContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, AuthorizationContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, ContentsContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, AlertContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, AlertEndContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, ConnectSessionContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, RevocationContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, LaunchIssuerContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, SigningKeyContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, TurnContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, RecordContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, AuditContract, ::testing::Values(sqlite_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, MasterKeyContract, ::testing::Values(sqlite_engine), engine_name);

}  // namespace evergrant::storage
