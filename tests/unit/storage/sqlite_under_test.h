#pragma once
//
// For tests: the SQLite engine in a folder of its own.
//
#include "crypto/random.h"
#include "master_keys.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/sqlite_store.h"
#include "store_contract.h"
#include "temporary_folder.h"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage {

class SqliteUnderTest final : public EngineUnderTest {
public:
    explicit SqliteUnderTest(const Clock& clock) : clock_(clock) { restart(); }

    [[nodiscard]] Store& store() override { return *store_; }

    void restart() override { restart_with({std::string(first_key)}); }

    void restart_with(const std::vector<std::string>& master_keys) override {
        store_.reset();
        SqliteOptions options;
        options.folder = folder();
        auto opened = open_sqlite_store(options, ring_of(master_keys), random_, clock_);
        if (!opened)
            throw std::runtime_error(opened.error().message + " " + opened.error().detail);
        store_ = std::move(*opened);
    }

    void tamper(const std::string& sql) override {
        sqlite::Database raw(database(), sqlite::Database::Use::write);
        raw.run_script(sql);
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
