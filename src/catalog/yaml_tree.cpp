#include "catalog/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace evergrant::catalog {

namespace {

std::size_t line_of(const YAML::Mark& mark) {
    return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1;
}

/// Turns the parser's events into a tree. Throws YamlError.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(std::size_t depth) : depth_(depth) {}

    YamlNode take() && { return std::move(root_).value_or(YamlNode{}); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (root_)
            throw YamlError{line_of(mark), "a second document starts here; a file describes one provider"};
    }
    void OnDocumentEnd() override {}

    void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override { refuse_anchor(mark); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { refuse_anchor(mark); }

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        if (expects_key())
            throw YamlError{line_of(mark), "a key is missing before the colon"};
        attach(start(YamlNode::Kind::null, mark));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  const std::string& value) override {
        check_tag(mark, tag);
        if (expects_key()) {
            keys_.back() = Key{value, line_of(mark)};
            return;
        }
        YamlNode node = start(YamlNode::Kind::scalar, mark);
        node.text = value;
        node.quoted = tag == "!";
        attach(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::sequence, mark, tag);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::mapping, mark, tag);
    }
    void OnMapEnd() override { close(); }

private:
    struct Key {
        std::string text;
        std::size_t line;
    };

    [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) {
        throw YamlError{line_of(mark), "anchors and aliases are not read here; write the value again"};
    }

    static void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!")
            throw YamlError{line_of(mark), "tags such as !!str are not read here; write the value alone"};
    }

    [[nodiscard]] bool expects_key() const {
        return !open_.empty() && open_.back().kind == YamlNode::Kind::mapping && !keys_.back();
    }

    YamlNode start(YamlNode::Kind kind, const YAML::Mark& mark) const {
        YamlNode node{.kind = kind, .line = line_of(mark), .key = {}, .text = {}, .children = {}};
        if (open_.empty())
            return node;
        if (const std::optional<Key>& waiting = keys_.back()) {
            node.key = waiting->text;
            node.line = waiting->line;
        } else {
            node.key = open_.back().key;
        }
        return node;
    }

    void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
        check_tag(mark, tag);
        if (expects_key())
            throw YamlError{line_of(mark), "a list or a mapping is not closed, or stands where a key should be"};
        if (open_.size() == depth_)
            throw YamlError{line_of(mark), "nested deeper than " + std::to_string(depth_) + " levels"};
        open_.push_back(start(kind, mark));
        keys_.emplace_back();
    }

    void close() {
        YamlNode node = std::move(open_.back());
        open_.pop_back();
        keys_.pop_back();
        attach(std::move(node));
    }

    void attach(YamlNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        open_.back().children.push_back(std::move(node));
        keys_.back().reset();
    }

    std::size_t depth_;
    std::optional<YamlNode> root_;
    std::vector<YamlNode> open_;            // the mappings and sequences around the next event
    std::vector<std::optional<Key>> keys_;  // of each of them, the key that waits for its value
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view wanted) const noexcept {
    const auto found = std::ranges::find(children, wanted, &YamlNode::key);
    return found == children.end() ? nullptr : &*found;
}

std::expected<YamlNode, YamlError> parse_yaml(std::string_view text, YamlLimits limits) {
    if (text.size() > limits.bytes)
        return std::unexpected(YamlError{0, "larger than " + std::to_string(limits.bytes) + " bytes"});
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        TreeBuilder builder(limits.depth);
        while (parser.HandleNextDocument(builder)) {}
        return std::move(builder).take();
    } catch (const YamlError& error) {
        return std::unexpected(error);
    } catch (const YAML::Exception& exception) {
        return std::unexpected(YamlError{line_of(exception.mark), "not YAML: " + exception.msg});
    }
}

}  // namespace evergrant::catalog
