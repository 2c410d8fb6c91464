#include "app/commands/crm.h"

#include "app/table.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ostream>

namespace evergrant::app {

namespace {

std::string path_of(const CrmFind& order) {
    std::string path = "/api/crm/" + percent_encoded(order.tenant.str()) + "/" +
                       percent_encoded(order.integration.str()) + "/customers";
    char before = '?';
    const auto put = [&](std::string_view name, const std::string& value) {
        if (value.empty())
            return;
        path += before + std::string(name) + "=" + percent_encoded(value);
        before = '&';
    };
    put("phone", order.phone);
    put("email", order.email);
    put("q", order.words);
    put("region", order.region);
    return path;
}

/// What somebody has typed into a CRM, without what a terminal would obey.
std::string shown(std::string text) {
    std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c == 0x7F; }, '?');
    return text;
}

std::string numbers_of(const boost::json::object& customer) {
    std::string numbers;
    const auto* phones = customer.if_contains("phones");
    if (phones == nullptr || !phones->is_array())
        return "-";
    for (const boost::json::value& phone : phones->get_array()) {
        if (!phone.is_object())
            continue;
        numbers += (numbers.empty() ? "" : ", ") + cell_of(phone.get_object(), "number", "");
    }
    return numbers.empty() ? "-" : numbers;
}

void print_customers(std::ostream& out, const boost::json::array& customers) {
    std::vector<TableRow> rows{{"ID", "NAME", "PHONES", "E-MAIL", "COMPANY"}};
    for (const boost::json::value& value : customers) {
        if (!value.is_object())
            continue;
        const boost::json::object& customer = value.get_object();
        rows.push_back({shown(cell_of(customer, "id", "-")), shown(cell_of(customer, "name", "-")),
                        shown(numbers_of(customer)), shown(cell_of(customer, "email", "-")),
                        shown(cell_of(customer, "company", "-"))});
    }
    print_table(out, rows);
}

}  // namespace

async::Task<ExitCode> find_customers(CommandContext* context, RemoteServer* server, const CrmFind* order) {
    const int given = (order->phone.empty() ? 0 : 1) + (order->email.empty() ? 0 : 1) + (order->words.empty() ? 0 : 1);
    if (given != 1)
        co_return report(*context, ExitCode::usage, "One of --phone, --email and --query says which customers.");
    const auto answer = co_await server->get(path_of(*order));
    if (!answer)
        co_return report(*context, answer.error());
    const auto* customers = answer->if_contains("customers");
    if (customers == nullptr || !customers->is_array())
        co_return report(*context, ExitCode::failed, "The server's answer holds no customers.");
    if (order->as_json)
        context->out << boost::json::serialize(*answer) << '\n';
    else if (customers->get_array().empty())
        context->out << "Nobody was found.\n";
    else
        print_customers(context->out, customers->get_array());
    co_return ExitCode::ok;
}

}  // namespace evergrant::app
