#include "app/option_kinds.h"

namespace evergrant::app {

CLI::Option* add_value(CLI::App& command, const std::string& name, const std::string& type,
                       const std::string& description, KeepValue keep) {
    const CLI::callback_t callback = [name, keep = std::move(keep)](const CLI::results_t& results) {
        for (const std::string& value : results) {
            const std::string wrong = keep(value);
            if (!wrong.empty())
                throw CLI::ValidationError(name, wrong);
        }
        return true;
    };
    CLI::Option* option = command.add_option(name, callback, description);
    option->type_name(type)->type_size(1)->expected(1);
    return option;
}

CLI::Option* repeatable(CLI::Option* option) {
    return option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
}

CLI::Option* add_text(CLI::App& command, const std::string& name, const std::string& type,
                      const std::string& description, std::string& target) {
    return add_value(command, name, type, description, [&target](const std::string& value) -> std::string {
        target = value;
        return value.empty() ? "must not be empty" : "";
    });
}

CLI::Option* add_texts(CLI::App& command, const std::string& name, const std::string& type,
                       const std::string& description, std::vector<std::string>& target) {
    return repeatable(add_value(command, name, type, description, [&target](const std::string& value) -> std::string {
        target.push_back(value);
        return value.empty() ? "must not be empty" : "";
    }));
}

CLI::Option* add_file(CLI::App& command, const std::string& name, const std::string& description,
                      std::filesystem::path& target) {
    return add_value(command, name, file_type, description, [&target](const std::string& value) -> std::string {
        target = value;
        return "";
    });
}

CLI::Option* add_number(CLI::App& command, const std::string& name, const std::string& type,
                        const std::string& description, std::function<void(std::uint32_t)> keep) {
    return add_value(command, name, type, description, [keep](const std::string& value) -> std::string {
        const auto number = parse_whole_number(value, {0, 1'000'000});
        if (!number)
            return number.error();
        keep(*number);
        return "";
    });
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::vector<std::string_view> names,
                        const std::string& description, std::function<void(std::size_t)> keep) {
    std::string type;
    for (const std::string_view choice : names)
        type += (type.empty() ? "" : "|") + std::string(choice);
    return add_value(command, name, type, description, [names, keep](const std::string& value) -> std::string {
        const auto index = parse_choice(value, names);
        if (!index)
            return index.error();
        keep(*index);
        return "";
    });
}

}  // namespace evergrant::app
