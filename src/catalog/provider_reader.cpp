#include "catalog/provider_reader.h"

#include "base/nearest.h"
#include "catalog/provider_keys.h"

#include <utility>

namespace evergrant::catalog {

namespace {

std::string_view text_of(const YamlNode& root, std::string_view key) noexcept {
    const YamlNode* node = root.find(key);
    return node == nullptr ? std::string_view{} : std::string_view(node->text);
}

/// The entry to start from: the one that `extends` names, without what makes it itself.
std::optional<Provider> start_from(ProblemList& problems, const YamlNode& root,
                                   const std::map<ProviderId, Provider>& known) {
    const YamlNode* extends = root.find("extends");
    if (extends == nullptr)
        return Provider{};
    if (extends->kind != YamlNode::Kind::scalar || extends->text.empty()) {
        problems.report(extends->line, "\"extends\" must be the id of another entry");
        return std::nullopt;
    }
    const auto base = known.find(ProviderId(extends->text));
    if (base == known.end()) {
        std::vector<std::string_view> ids;
        for (const auto& [id, provider] : known)
            ids.emplace_back(id.str());
        problems.report(extends->line,
                        "\"extends\" names no entry of the catalogue" + did_you_mean(extends->text, ids));
        return std::nullopt;
    }
    Provider provider = base->second;
    provider.id = ProviderId{};
    provider.abstract = false;
    return provider;
}

}  // namespace

std::expected<CatalogueFile, Problem> CatalogueFile::parse(std::string_view yaml, std::string file) {
    auto root = parse_yaml(yaml);
    if (!root)
        return std::unexpected(Problem{std::move(file), root.error().line, std::move(root.error().message)});
    if (root->kind == YamlNode::Kind::null)
        return std::unexpected(Problem{std::move(file), 0, "the file is empty"});
    if (root->kind != YamlNode::Kind::mapping)
        return std::unexpected(Problem{std::move(file), root->line, "a catalogue file is a mapping of keys to values"});
    return CatalogueFile(std::move(file), std::move(*root));
}

std::string_view CatalogueFile::id() const noexcept {
    return text_of(root_, "id");
}

std::string_view CatalogueFile::extends() const noexcept {
    return text_of(root_, "extends");
}

std::size_t CatalogueFile::line_of(std::string_view key) const noexcept {
    return line_for(root_, key);
}

ReadOutcome CatalogueFile::read(const std::map<ProviderId, Provider>& known) const {
    ProblemList problems(file_);
    auto base = start_from(problems, root_, known);
    const bool has_base = base.has_value();
    Provider provider = std::move(base).value_or(Provider{});
    read_provider_keys(problems, root_, provider);
    if (root_.find("id") == nullptr)
        problems.report(root_.line, "\"id\" is missing");
    // Without its base an entry lacks what the base would have given; saying so would bury the cause.
    if (has_base)
        check_provider(problems, root_, provider);
    if (!problems.empty())
        return {std::nullopt, std::move(problems).take()};
    return {std::move(provider), {}};
}

}  // namespace evergrant::catalog
