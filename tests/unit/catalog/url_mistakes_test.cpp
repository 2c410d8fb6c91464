//
// Mistakes in URLs and what they are made from; they are read by the test in mistakes_test.cpp.
//
#include "mistake.h"

namespace evergrant::catalog {
namespace {

using testing::Mistake;
using testing::MistakeTest;
using testing::name_of_case;

INSTANTIATE_TEST_SUITE_P(
    Urls, MistakeTest,
    ::testing::Values(
        Mistake{"without_tls",
                "authorization_url: http://acme.example\n",
                {"5: \"authorization_url\" must be an https URL; http is for loopback addresses alone"}},
        Mistake{"on_loopback", "authorization_url: http://127.0.0.1:8080/authorize\n", {}},
        Mistake{
            "of_another_scheme", "revocation_url: ftp://a.example\n", {"5: \"revocation_url\" must be an https URL"}},
        Mistake{"that_is_none", "revocation_url: acme\n", {"5: \"revocation_url\" must be an https URL"}},
        Mistake{"without_host", "issuer: 'https://'\n", {"5: \"issuer\" must be an https URL with a host"}},
        Mistake{"with_a_password",
                "issuer: https://a:b@acme.example\n",
                {"5: \"issuer\" must not hold a user name or password"}},
        Mistake{
            "with_a_fragment", "issuer: 'https://acme.example/#x'\n", {"5: \"issuer\" must not hold a fragment (#)"}},
        Mistake{
            "that_climbs", "issuer: https://acme.example/a/../b\n", {"5: \"issuer\" must not hold \"..\" in its path"}},
        Mistake{
            "of_an_undeclared_parameter",
            "api_base_url: https://${params.shp}.acme.example\nparameters: [{name: shop, pattern: '[a-z]+'}]\n",
            {"5: \"api_base_url\" uses ${params.shp}, which \"parameters\" does not declare; did you mean \"shop\"?"}},
        Mistake{
            "of_undeclared_metadata",
            "api_base_url: ${metadata.api_domian}\nmetadata: [{name: api_domain, allowed: ['https://a.example']}]\n",
            {"5: \"api_base_url\" uses ${metadata.api_domian}, which \"metadata\" does not declare; did you mean "
             "\"api_domain\"?"}},
        Mistake{"of_metadata_too_early",
                "issuer: ${metadata.a}\nmetadata: [{name: a, allowed: ['https://a.example']}]\n",
                {"5: \"issuer\" may not use metadata: only \"api_base_url\" may"}},
        Mistake{"a_form_parameter_of_metadata",
                "token_params: {x: '${metadata.a}'}\nmetadata: [{name: a, pattern: a}]\n",
                {"5: \"token_params\" may not use metadata: only \"api_base_url\" may"}},
        Mistake{"a_form_parameter_of_a_derived_one",
                "authorization_params: {x: '${params.b}'}\nparameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: y}}]\n",
                {"5: \"authorization_params\" uses ${params.b}, which \"parameters\" does not declare"}},
        Mistake{"whose_host_admits_another",
                "api_base_url: https://${params.shop}.acme.example\nparameters: [{name: shop, pattern: '.*'}]\n",
                {"5: \"api_base_url\" depends on \"shop\", whose pattern admits \"a/b\": it must keep to letters, "
                 "digits, \".\", \"_\", \"~\" and \"-\""}},
        Mistake{"whose_host_lists_another",
                "api_base_url: https://${params.shop}.acme.example\nparameters: [{name: shop, allowed: [a, b/c]}]\n",
                {"5: \"api_base_url\" can hold \"b/c\", which does not fit into a URL at its place"}},
        Mistake{"whose_path_admits_another",
                "api_base_url: https://acme.example/${metadata.a}\nmetadata: [{name: a, pattern: '[^/]*'}]\n",
                {"5: \"api_base_url\" depends on \"a\", whose pattern admits \"a@b\": it must keep to letters, digits, "
                 "\".\", \"_\", \"~\" and \"-\""}},
        Mistake{
            "that_a_person_chooses",
            "revocation_url: ${params.a}/x\nparameters: [{name: a, pattern: 'https://[a-z.]+', asked_of: person}]\n",
            {"5: \"revocation_url\" begins with \"a\", which is asked of a person: whoever gives it would choose where "
             "the client's secret is sent"}},
        Mistake{
            "that_begins_by_default_with_what_a_person_chooses",
            "revocation_url: ${params.b}/x\nparameters:\n"
            "  - {name: a, pattern: 'https://[a-z.]+', asked_of: person}\n"
            "  - {name: b, pattern: 'https://[a-z.]+', default: '${params.a}'}\n",
            {"5: \"revocation_url\" begins with \"a\", which is asked of a person: whoever gives it would choose where "
             "the client's secret is sent"}},
        Mistake{"that_a_person_chooses_from_a_list",
                "revocation_url: ${params.a}/x\nparameters: [{name: a, allowed: ['https://a.example'], asked_of: "
                "person}]\n",
                {}},
        Mistake{"that_begins_with_anything",
                "api_base_url: ${params.base}\nparameters: [{name: base, pattern: '.*'}]\n",
                {"5: \"api_base_url\" depends on \"base\", whose pattern admits \"http://example.com\": it must admit "
                 "https URLs alone"}},
        Mistake{"that_begins_with_a_bad_one",
                "api_base_url: ${metadata.base}\nmetadata: [{name: base, allowed: ['http://a.example']}]\n",
                {"5: \"api_base_url\" can begin with \"http://a.example\", which must be an https URL; http is for "
                 "loopback addresses alone"}},
        Mistake{"that_begins_with_a_bad_derived_one",
                "api_base_url: ${params.b}/x\nparameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: acme}}]\n",
                {"5: \"api_base_url\" can begin with \"acme\", which must be an https URL"}},
        Mistake{"that_holds_a_bad_derived_one",
                "api_base_url: https://${params.b}.example\nparameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: c/d}}, {name: e, from: a, values: {x: f/g}}]\n",
                {"5: \"api_base_url\" can hold \"c/d\", which does not fit into a URL at its place"}}),
    name_of_case);

}  // namespace
}  // namespace evergrant::catalog
