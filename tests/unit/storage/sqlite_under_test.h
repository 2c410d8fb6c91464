#pragma once
//
// For tests: the SQLite engine in a folder of its own.
//
#include "crypto/random.h"
#include "storage/sqlite/sqlite_store.h"
#include "store_contract.h"
#include "temporary_folder.h"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace evergrant::storage {

inline constexpr std::string_view first_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
inline constexpr std::string_view second_key = "f0e0d0c0b0a090807060504030201000ffeeddccbbaa99887766554433221100";

inline KeyRing ring_of(std::initializer_list<std::string_view> keys) {
    std::vector<SecretString> secrets;
    for (const std::string_view key : keys)
        secrets.emplace_back(std::string(key));
    return std::move(KeyRing::parse(secrets).value());
}

class SqliteUnderTest final : public EngineUnderTest {
public:
    explicit SqliteUnderTest(const Clock& clock) : clock_(clock) { restart(); }

    [[nodiscard]] Store& store() override { return *store_; }

    void restart() override {
        store_.reset();
        SqliteOptions options;
        options.folder = folder();
        auto opened = open_sqlite_store(options, ring_of({first_key}), random_, clock_);
        if (!opened)
            throw std::runtime_error(opened.error().message + " " + opened.error().detail);
        store_ = std::move(*opened);
    }

    void close() { store_.reset(); }
    [[nodiscard]] std::filesystem::path folder() const { return temporary_.path() / "data"; }
    [[nodiscard]] std::filesystem::path database() const { return folder() / "evergrant.db"; }

private:
    const Clock& clock_;
    evergrant::testing::TemporaryFolder temporary_;
    crypto::SystemRandom random_;
    std::unique_ptr<Store> store_;
};

}  // namespace evergrant::storage
