#pragma once
//
// application/x-www-form-urlencoded, both ways, as OAuth's requests, queries and some answers have it. Pure.
//
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::oauth {

/// RFC 6749 appendix B: a space becomes `+`, all else but RFC 3986's unreserved characters is percent-encoded.
[[nodiscard]] std::string form_encode(std::string_view text);

/// The same with `%20` for a space, which queries and paths are read with everywhere.
[[nodiscard]] std::string url_encode(std::string_view text);

/// `url` with `query`, which is encoded already, added to the one it may have (RFC 6749 3.1); a fragment is dropped.
[[nodiscard]] std::string with_query(std::string_view url, std::string_view query);

/// Writes a form that may hold secrets; leaves no copy behind when it grows.
class FormWriter {
public:
    FormWriter() = default;
    FormWriter(const FormWriter&) = delete;
    FormWriter& operator=(const FormWriter&) = delete;
    ~FormWriter() { wipe(text_.data(), text_.capacity()); }

    /// A parameter without a value is left out (RFC 6749 3.1).
    void add(std::string_view name, std::string_view value);
    /// The form; the writer is empty afterwards.
    [[nodiscard]] SecretString take();

private:
    void make_room(std::size_t size);
    std::string text_;
};

/// One parameter, decoded.
struct FormParameter {
    std::string name;
    std::string value;
};

enum class FormProblem : std::uint8_t {
    too_many,       ///< more parameters than the reader allows
    badly_encoded,  ///< a broken percent-escape, a NUL, or bytes that are not UTF-8
    repeated,       ///< two parameters of one name, whatever their encoding
};

/// Reads at most `most` parameters in their order. Nothing between two `&` is passed over.
[[nodiscard]] std::expected<std::vector<FormParameter>, FormProblem> read_form(std::string_view text, std::size_t most);

}  // namespace evergrant::oauth
