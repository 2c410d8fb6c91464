#pragma once
//
// Kinds of flags and arguments, for command_tree.cpp alone. Their types name what a value is, for the help and for
// completion: FILE and DIR complete to paths, `a|b|c` to one of these.
//
#include "app/value_checks.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::app {

inline constexpr const char* file_type = "FILE";
inline constexpr const char* folder_type = "DIR";

/// Says what is wrong with a value, or keeps it and says nothing.
using KeepValue = std::function<std::string(const std::string&)>;

/// An option with one value. A name without dashes is an argument.
CLI::Option* add_value(CLI::App& command, const std::string& name, const std::string& type,
                       const std::string& description, KeepValue keep);

/// Lets a flag be given several times, each time with one value.
CLI::Option* repeatable(CLI::Option* option);

/// Any text but none.
CLI::Option* add_text(CLI::App& command, const std::string& name, const std::string& type,
                      const std::string& description, std::string& target);

/// Any texts but none, one each time.
CLI::Option* add_texts(CLI::App& command, const std::string& name, const std::string& type,
                       const std::string& description, std::vector<std::string>& target);

/// A file's path.
CLI::Option* add_file(CLI::App& command, const std::string& name, const std::string& description,
                      std::filesystem::path& target);

CLI::Option* add_number(CLI::App& command, const std::string& name, const std::string& type,
                        const std::string& description, std::function<void(std::uint32_t)> keep);

/// One of `names`, whose index is kept.
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::vector<std::string_view> names,
                        const std::string& description, std::function<void(std::size_t)> keep);

/// A name as TenantId and its like are.
template <class Id>
CLI::Option* add_id(CLI::App& command, const std::string& name, const std::string& type, const std::string& description,
                    std::function<void(Id)> keep) {
    return add_value(command, name, type, description, [keep](const std::string& value) -> std::string {
        auto id = Id::parse(value);
        if (!id)
            return "\"" + value + "\" is no id: letters, digits, dots, dashes and underscores, at most 128";
        keep(std::move(*id));
        return "";
    });
}

}  // namespace evergrant::app
