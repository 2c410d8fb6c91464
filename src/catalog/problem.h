#pragma once
//
// What is wrong with a catalogue file, said so that whoever wrote it can mend it.
//
#include <cstddef>
#include <string>
#include <vector>

namespace evergrant::catalog {

/// `file:line: message`, the message with the nearest known key where one is near. Line 0: the file as a whole.
struct Problem {
    std::string file;
    std::size_t line{0};
    std::string message;

    [[nodiscard]] std::string to_string() const;
};

/// Gathers the problems of one file. After `most` it counts no further: a file that is not a catalogue at all would
/// otherwise fill the screen.
class ProblemList {
public:
    static constexpr std::size_t most = 100;

    explicit ProblemList(std::string file) : file_(std::move(file)) {}

    void report(std::size_t line, std::string message);

    [[nodiscard]] bool empty() const noexcept { return problems_.empty(); }
    [[nodiscard]] bool full() const noexcept { return problems_.size() >= most; }

    /// By line; what was reported first for a line stands first.
    [[nodiscard]] std::vector<Problem> take() &&;

private:
    std::string file_;
    std::vector<Problem> problems_;
};

}  // namespace evergrant::catalog
