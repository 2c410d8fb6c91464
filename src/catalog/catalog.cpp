#include "catalog/catalog.h"

#include "base/nearest.h"
#include "catalog/embedded.h"
#include "catalog/provider_reader.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace evergrant::catalog {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = std::uintmax_t{1} << 20;

std::expected<std::string, Problem> read_file(const fs::path& path) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (!error && size > largest_file)
        return std::unexpected(Problem{path.string(), 0, "larger than 1 MiB"});
    std::ifstream stream(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (error || !stream)
        return std::unexpected(Problem{path.string(), 0, "cannot be read"});
    return text;
}

/// In the order of their names, which is the order problems are shown in. Hidden files are left alone: Kubernetes and
/// editors keep theirs beside what is meant.
std::expected<std::vector<fs::path>, Problem> catalogue_paths(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const fs::path& path = entry->path();
        const bool is_yaml = path.extension() == ".yaml" || path.extension() == ".yml";
        std::error_code unreadable;
        if (is_yaml && !path.filename().string().starts_with('.') && entry->is_regular_file(unreadable))
            paths.push_back(path);
    }
    if (error)
        return std::unexpected(Problem{folder.string(), 0, "cannot be read as a folder: " + error.message()});
    std::ranges::sort(paths);
    return paths;
}

/// By file, and within a file by line.
using ProblemsByFile = std::map<std::string, std::vector<Problem>>;

void report(ProblemsByFile& problems, const CatalogueFile& file, std::string_view key, std::string message) {
    problems[file.file()].push_back({file.file(), file.line_of(key), std::move(message)});
}

/// Leaves one file for each id.
void refuse_repeated_ids(std::vector<CatalogueFile>& files, ProblemsByFile& problems) {
    std::map<std::string, std::string, std::less<>> first_files;
    std::erase_if(files, [&](const CatalogueFile& file) {
        if (file.id().empty())
            return false;
        const auto [first, is_new] = first_files.emplace(file.id(), file.file());
        if (!is_new)
            report(problems, file, "id",
                   "the id \"" + std::string(file.id()) + "\" is that of " + first->second + " too");
        return !is_new;
    });
}

/// Takes out the files that extend none of the others; an entry may extend the earlier one of its own id.
std::vector<CatalogueFile> take_ready(std::vector<CatalogueFile>& files) {
    std::set<std::string, std::less<>> ids;
    for (const CatalogueFile& file : files)
        ids.emplace(file.id());
    const auto waits = [&](const CatalogueFile& file) {
        return !file.extends().empty() && file.extends() != file.id() && ids.contains(file.extends());
    };
    const auto ready = std::partition(files.begin(), files.end(), waits);
    std::vector<CatalogueFile> taken(std::make_move_iterator(ready), std::make_move_iterator(files.end()));
    files.erase(ready, files.end());
    return taken;
}

std::vector<Problem> read_into(std::map<ProviderId, Provider>& entries, const CatalogueFile& file) {
    ReadOutcome outcome = file.read(entries);
    if (outcome.provider) {
        ProviderId id = outcome.provider->id;
        entries.insert_or_assign(std::move(id), std::move(*outcome.provider));
    }
    return std::move(outcome.problems);
}

/// Reads the files in whatever order `extends` needs.
void read_all(std::map<ProviderId, Provider>& entries, std::vector<CatalogueFile> files, ProblemsByFile& problems) {
    refuse_repeated_ids(files, problems);
    while (!files.empty()) {
        const std::vector<CatalogueFile> ready = take_ready(files);
        for (const CatalogueFile& file : ready)
            std::ranges::move(read_into(entries, file), std::back_inserter(problems[file.file()]));
        if (!ready.empty())
            continue;
        for (const CatalogueFile& file : files)
            report(problems, file, "extends", "\"extends\" goes in a circle");
        break;
    }
}

std::vector<Problem> flattened(ProblemsByFile problems) {
    std::vector<Problem> all;
    for (auto& [file, of_file] : problems)
        std::ranges::move(of_file, std::back_inserter(all));
    return all;
}

}  // namespace

Catalog Catalog::built_in() {
    Catalog catalog;
    std::vector<CatalogueFile> files;
    for (const EmbeddedFile& embedded : embedded_files()) {
        auto file = CatalogueFile::parse(embedded.text, std::string(embedded.name));
        if (!file)
            throw std::logic_error("built-in catalogue: " + file.error().to_string());
        files.push_back(std::move(*file));
    }
    ProblemsByFile problems;
    read_all(catalog.entries_, std::move(files), problems);
    const std::vector<Problem> all = flattened(std::move(problems));
    if (!all.empty())
        throw std::logic_error("built-in catalogue: " + all.front().to_string());
    return catalog;
}

std::vector<Problem> Catalog::add_folder(const std::filesystem::path& folder) {
    const auto paths = catalogue_paths(folder);
    if (!paths)
        return {paths.error()};
    ProblemsByFile problems;
    std::vector<CatalogueFile> files;
    for (const fs::path& path : *paths) {
        const auto text = read_file(path);
        auto file = text ? CatalogueFile::parse(*text, path.string()) : std::unexpected(text.error());
        if (file)
            files.push_back(std::move(*file));
        else
            problems[path.string()].push_back(std::move(file).error());
    }
    read_all(entries_, std::move(files), problems);
    return flattened(std::move(problems));
}

std::vector<Problem> Catalog::add(std::string_view yaml, const std::string& file) {
    auto parsed = CatalogueFile::parse(yaml, file);
    if (!parsed)
        return {std::move(parsed).error()};
    return read_into(entries_, *parsed);
}

const Provider* Catalog::find(const ProviderId& id) const noexcept {
    const auto found = entries_.find(id);
    return found == entries_.end() || found->second.abstract ? nullptr : &found->second;
}

Result<const Provider*> Catalog::get(std::string_view id) const {
    const auto name = ProviderId::parse(id);
    // What could not be an id is not repeated: it may be anything, and long.
    if (!name)
        return failure(Errc::unknown_provider, "There is no such provider.");
    if (const Provider* provider = find(*name))
        return provider;
    std::vector<std::string_view> known;
    for (const Provider* provider : all())
        known.emplace_back(provider->id.str());
    const std::string meant = did_you_mean(id, known);
    return failure(Errc::unknown_provider,
                   "There is no provider \"" + std::string(id) + "\"" + (meant.empty() ? "." : meant));
}

std::vector<const Provider*> Catalog::all() const {
    std::vector<const Provider*> providers;
    for (const auto& [id, provider] : entries_) {
        if (!provider.abstract)
            providers.push_back(&provider);
    }
    return providers;
}

}  // namespace evergrant::catalog
