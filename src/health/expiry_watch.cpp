#include "health/expiry_watch.h"

#include "async/deadline.h"

#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

namespace evergrant::health {

namespace {

constexpr std::size_t most_keys = 1'000;  // that end within the horizon
constexpr std::chrono::seconds patience{10};
constexpr std::array notices{14U, 7U, 1U};

Result<std::vector<CertificateFile>> read_files(const std::vector<CertificatePath>& paths) {
    std::vector<CertificateFile> files;
    for (const CertificatePath& one : paths) {
        std::ifstream stream(one.path, std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        files.push_back({.setting = one.setting, .certificates = crypto::read_certificates(text)});
    }
    return files;
}

void show_end(Metrics& metrics, const CertificateFile& file, sys_seconds now) {
    const auto first = first_to_end(file.certificates);
    metrics
        .gauge("evergrant_certificate_expiry_seconds",
               "Seconds until the first certificate ends of those in the file that a setting names; 0 if there is none",
               {{"setting", file.setting}})
        .set(first ? static_cast<double>((first->ends_at - now).count()) : 0);
}

void show_keys(Metrics& metrics, unsigned days, std::size_t count) {
    metrics
        .gauge("evergrant_api_keys_expiring", "API keys by the last of their notices, in days before their end",
               {{"days", std::to_string(days)}})
        .set(static_cast<double>(count));
}

}  // namespace

async::Task<std::vector<Condition>> ExpiryWatch::look() {
    std::vector<Condition> all = co_await look_at_keys();
    std::vector<Condition> certificates = co_await look_at_certificates();
    all.insert(all.end(), std::make_move_iterator(certificates.begin()), std::make_move_iterator(certificates.end()));
    co_return all;
}

async::Task<std::vector<Condition>> ExpiryWatch::look_at_keys() {
    const auto deadline = async::Deadline::after(patience);
    auto asking = parts_.store.ending_api_keys(expiry_horizon, most_keys);
    const auto keys = co_await async::within(deadline, std::move(asking));
    std::vector<Condition> untold;
    if (!keys)
        co_return untold;
    std::map<unsigned, std::size_t> counts;
    std::set<std::string> told;
    for (const storage::EndingKey& key : *keys) {
        const unsigned notice = notice_due(key);
        ++counts[notice];
        if (notice == 0)
            continue;
        Condition condition = ending_key(key, notice);
        if (told_.contains(condition.subject))
            told.insert(condition.subject);
        else
            untold.push_back(std::move(condition));
    }
    told_ = std::move(told);
    for (const unsigned notice : notices)
        show_keys(parts_.metrics, notice, counts[notice]);
    co_return untold;
}

async::Task<std::vector<Condition>> ExpiryWatch::look_at_certificates() {
    std::vector<Condition> ending;
    if (parts_.certificates.empty())
        co_return ending;
    const auto deadline = async::Deadline::after(patience);
    const std::function<Result<std::vector<CertificateFile>>()> read = [paths = parts_.certificates] {
        return read_files(paths);
    };
    auto reading = parts_.disk.run(read);
    const auto files = co_await async::within(deadline, std::move(reading));
    if (!files)
        co_return ending;
    const sys_seconds now = parts_.clock.now_seconds();
    for (const CertificateFile& file : *files) {
        show_end(parts_.metrics, file, now);
        if (auto condition = ending_certificate(file, now))
            ending.push_back(std::move(*condition));
    }
    co_return ending;
}

}  // namespace evergrant::health
