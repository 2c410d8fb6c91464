// Runs the simulation: many seeds, or one with its trace; and, first, the flaws that must be found.
//   refresh_simulation [--seeds N] [--from N] [--no-self-test]
//   refresh_simulation --seed N [--trace] [--flaw NAME]
#include "run.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using evergrant::simulation::Flaw;
using evergrant::simulation::run;

constexpr std::array<std::pair<Flaw, std::string_view>, 9> flaws{{
    {Flaw::late_requests_leave, "late_requests_leave"},
    {Flaw::time_of_day, "time_of_day"},
    {Flaw::lease_not_exclusive, "lease_not_exclusive"},
    {Flaw::generation_unchecked, "generation_unchecked"},
    {Flaw::intent_forgotten, "intent_forgotten"},
    {Flaw::nothing_rescued, "nothing_rescued"},
    {Flaw::doubt_erased, "doubt_erased"},
    {Flaw::no_token_before, "no_token_before"},
    {Flaw::owner_kept, "owner_kept"},
}};

struct Options {
    std::uint64_t seeds{20'000};
    std::uint64_t from{1};
    std::uint64_t most_for_a_flaw{20'000};
    bool self_test{true};
    bool one{false};
    bool trace{false};
    Flaw flaw{Flaw::none};
};

struct Count {
    unsigned passed{0};
    unsigned failed{0};
};

[[noreturn]] void usage() {
    std::cerr
        << "usage: refresh_simulation [--seeds N] [--from N] [--no-self-test] | --seed N [--trace] [--flaw NAME]\n";
    std::exit(2);
}

Flaw flaw_of(std::string_view name) {
    for (const auto& [flaw, its_name] : flaws)
        if (its_name == name)
            return flaw;
    usage();
}

Options parse(const std::vector<std::string>& words) {
    Options options;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto value = [&words, &i] {
            if (++i >= words.size())
                usage();
            return words[i];
        };
        if (words[i] == "--seeds") {
            options.seeds = std::stoull(value());
        } else if (words[i] == "--from") {
            options.from = std::stoull(value());
        } else if (words[i] == "--seed") {
            options.one = true;
            options.from = std::stoull(value());
        } else if (words[i] == "--flaw") {
            options.flaw = flaw_of(value());
        } else if (words[i] == "--trace") {
            options.trace = true;
        } else if (words[i] == "--no-self-test") {
            options.self_test = false;
        } else {
            usage();
        }
    }
    return options;
}

int show_one(const Options& options) {
    const auto verdict = run(options.from, options.flaw, options.trace);
    std::cout << verdict.trace << (verdict.violation.empty() ? "nothing that must not happen" : verdict.violation)
              << '\n';
    return verdict.violation.empty() ? 0 : 1;
}

/// A simulator that finds nothing in what is broken would find nothing in what is not.
Count find_the_flaws(std::uint64_t most) {
    Count count;
    for (const auto& [flaw, name] : flaws) {
        std::uint64_t seed = 1;
        std::string violation;
        for (; seed <= most && violation.empty(); ++seed)
            violation = run(seed, flaw, false).violation;
        if (violation.empty()) {
            ++count.failed;
            std::cout << "FAILED: the flaw " << name << " is not found in " << most << " seeds\n";
        } else {
            ++count.passed;
            std::cout << "the flaw " << name << " is found by seed " << seed - 1 << ": " << violation << '\n';
        }
    }
    return count;
}

Count run_seeds(const Options& options) {
    constexpr unsigned failures_shown = 5;
    const auto begun = std::chrono::steady_clock::now();
    Count count;
    std::size_t presentations = 0;
    for (std::uint64_t seed = options.from; seed < options.from + options.seeds; ++seed) {
        const auto verdict = run(seed, options.flaw, false);
        presentations += verdict.presentations;
        if (verdict.violation.empty()) {
            ++count.passed;
            continue;
        }
        if (++count.failed > failures_shown)
            continue;
        std::cout << "FAILED: seed " << seed << ": " << verdict.violation << '\n';
        if (count.failed == 1)
            std::cout << run(seed, options.flaw, true).trace << "again: refresh_simulation --seed " << seed
                      << " --trace\n";
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::cout << options.seeds << " seeds, " << presentations << " presentations, " << took.count() << " s\n";
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(std::vector<std::string>(argv + 1, argv + argc));
    if (options.one)
        return show_one(options);
    Count count;
    if (options.self_test)
        count = find_the_flaws(options.most_for_a_flaw);
    const Count seeds = run_seeds(options);
    count.passed += seeds.passed;
    count.failed += seeds.failed;
    std::cout << count.passed << " passed, " << count.failed << " failed\n";
    return count.failed == 0 ? 0 : 1;
}
