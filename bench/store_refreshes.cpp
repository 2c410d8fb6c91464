//
// How many refreshes a second the SQLite store makes durable: take_lease and complete_refresh, each answered only after
// its commit is synced, beside the rate at which this disk syncs a bare file.
//
//   store_refreshes [folder on the disk to measure, default .] [connections, default 10000] [seconds, default 5]
//
#include "crypto/random.h"
#include "storage/sqlite/sqlite_store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace evergrant {

namespace {

using Steady = std::chrono::steady_clock;
using storage::Store;

constexpr std::size_t token_bytes = 1200;  // a signed access token of middling size

struct Load {
    Store& store;
    std::size_t connections;
    std::size_t callers;
    Steady::time_point end;
    std::vector<double> milliseconds{};
};

ConnectionKey key_of(std::size_t number) {
    return {TenantId("tenant-" + std::to_string(number % 100)), IntegrationId("crm-" + std::to_string(number))};
}

oauth::TokenSet tokens_of(std::size_t number) {
    oauth::TokenSet tokens;
    tokens.access_token = SecretString(std::string(token_bytes, 'a') + std::to_string(number));
    tokens.refresh_token = SecretString("refresh-" + std::to_string(number));
    tokens.scopes = {"contacts.read", "contacts.write"};
    tokens.lifetime = std::chrono::hours(1);
    tokens.metadata = {{"api_domain", "https://api.example"}};
    return tokens;
}

template <class T>
T must(Result<T> answer) {
    if (!answer)
        throw std::runtime_error(answer.error().message + " " + answer.error().detail);
    return std::move(*answer);
}

async::Task<void> fill(Load* load, std::size_t caller) {
    for (std::size_t number = caller; number < load->connections; number += load->callers) {
        storage::NewGrant grant;
        grant.key = key_of(number);
        grant.provider = ProviderId("zoho_crm");
        grant.tokens = tokens_of(number);
        auto saved = co_await load->store.save_grant(std::move(grant));
        must(std::move(saved));
    }
}

async::Task<void> refresh(Load* load, std::size_t caller) {
    std::size_t number = caller;
    while (Steady::now() < load->end) {
        const auto begun = Steady::now();
        storage::LeaseRequest request;
        request.key = key_of(number);
        request.owner = "bench";
        request.duration = std::chrono::seconds(30);
        auto answer = co_await load->store.take_lease(std::move(request));
        auto taken = std::get<storage::LeaseTaken>(must(std::move(answer)));
        storage::RefreshedGrant refreshed;
        refreshed.lease = std::move(taken.lease);
        refreshed.tokens = tokens_of(number);
        auto written = co_await load->store.complete_refresh(std::move(refreshed));
        if (!must(std::move(written)))
            throw std::runtime_error("a refresh was not taken");
        load->milliseconds.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begun).count());
        number += load->callers;
        if (number >= load->connections)
            number = caller;
    }
}

void run(Load& load, async::Task<void> (*work)(Load*, std::size_t)) {
    boost::asio::io_context context(1);
    for (std::size_t caller = 0; caller < load.callers; ++caller)
        boost::asio::co_spawn(context, work(&load, caller), [](const std::exception_ptr& exception) {
            if (exception)
                std::rethrow_exception(exception);
        });
    context.run();
}

double syncs_per_second(const std::filesystem::path& folder, std::chrono::seconds duration) {
    const int file = ::open((folder / "bare").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const std::string page(4096, 'x');
    const auto begun = Steady::now();
    std::size_t count = 0;
    for (; Steady::now() - begun < duration; ++count) {
        const auto at = static_cast<off_t>((count % 1000) * page.size());  // as a log does that is begun again
        if (::pwrite(file, page.data(), page.size(), at) < 0 || ::fdatasync(file) != 0)
            throw std::runtime_error("the disk refuses");
    }
    ::close(file);
    return static_cast<double>(count) / std::chrono::duration<double>(Steady::now() - begun).count();
}

void measure(Store& store, std::size_t connections, std::size_t callers, std::chrono::seconds duration, double syncs) {
    Load load{store, connections, callers, Steady::now() + duration};
    const auto begun = Steady::now();
    run(load, refresh);
    const double seconds = std::chrono::duration<double>(Steady::now() - begun).count();
    std::ranges::sort(load.milliseconds);
    const std::size_t count = load.milliseconds.size();
    const double rate = static_cast<double>(count) / seconds;
    std::printf("%4zu callers: %8.0f refreshes/s   %5.2f per bare sync   p50 %7.2f ms   p99 %7.2f ms\n", callers, rate,
                rate / syncs, load.milliseconds[count / 2], load.milliseconds[count * 99 / 100]);
}

void measure_all(const std::filesystem::path& folder, std::size_t connections, std::chrono::seconds duration) {
    const SystemClock clock;
    crypto::SystemRandom random;
    std::vector<SecretString> keys;
    keys.emplace_back("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    storage::SqliteOptions options;
    options.folder = folder / "data";
    const auto store = must(storage::open_sqlite_store(options, must(storage::KeyRing::parse(keys)), random, clock));

    Load filling{*store, connections, 256, {}};
    run(filling, fill);
    const double syncs = syncs_per_second(folder, duration);
    std::printf("bare disk:    %8.0f syncs/s of one 4 KiB page\n", syncs);
    std::printf("%zu connections, access tokens of %zu bytes\n", connections, token_bytes);
    for (const std::size_t callers : {1U, 8U, 64U, 512U})
        measure(*store, connections, callers, duration, syncs);
}

int run_program(int count, char** arguments) {
    const std::filesystem::path on = count > 1 ? arguments[1] : ".";
    const std::size_t connections = count > 2 ? std::stoul(arguments[2]) : 10'000;
    const std::chrono::seconds duration(count > 3 ? std::stol(arguments[3]) : 5);
    std::string folder = (on / "store-refreshes-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
        throw std::runtime_error("no folder can be made in " + on.string());
    measure_all(folder, std::max<std::size_t>(connections, 512), duration);
    std::filesystem::remove_all(folder);
    return 0;
}

}  // namespace

}  // namespace evergrant

int main(int count, char** arguments) {
    try {
        return evergrant::run_program(count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "store_refreshes: %s\n", error.what());
        return 1;
    }
}
