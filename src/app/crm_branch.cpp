#include "app/command_branches.h"
#include "app/option_kinds.h"

#include <utility>

namespace evergrant::app {

void add_crm_commands(CLI::App& root, Draft& draft) {
    CLI::App& crm = add_group(root, "crm", "Ask a tenant's CRM");
    CrmFind& find = draft.crm_find;
    CLI::App& finding = add_command(crm, "find", "Find customers by number, e-mail address or words", draft,
                                    [&draft] { return Command(std::move(draft.crm_find)); });
    finding.footer(
        "Examples:\n"
        "  evergrant crm find acme zoho_crm --phone +16502530000\n"
        "  evergrant crm find acme zoho_crm --phone '(650) 253-0000' --region US");
    add_id<TenantId>(finding, "tenant", "TENANT", "whose", [&find](TenantId id) {
        find.tenant = std::move(id);
    })->required();
    add_id<IntegrationId>(finding, "integration", "INTEGRATION",
                          "which connection; the provider's id unless it was named",
                          [&find](IntegrationId id) { find.integration = std::move(id); })
        ->required();
    add_text(finding, "--phone", "NUMBER", "who has this number, however the CRM has it written", find.phone);
    add_text(finding, "--region", "REGION", "where a number without + is at home, such as US", find.region);
    add_text(finding, "--email", "ADDRESS", "who has this address", find.email);
    add_text(finding, "--query", "WORDS", "in whose record these words stand", find.words);
    add_json(finding, find.as_json);
    add_server(finding, find.server);
}

}  // namespace evergrant::app
