#include "app/origin.h"

namespace evergrant::app {

std::string Origin::to_string() const {
    switch (layer) {
        case Layer::default_value: return "default";
        case Layer::file: return name + ":" + std::to_string(line);
        case Layer::environment: return "environment " + name;
        case Layer::flag: return "flag " + name;
    }
    return {};
}

ConfigurationProblem problem_at(const Origin& origin, const std::string& name, const std::string& predicate) {
    switch (origin.layer) {
        case Origin::Layer::environment: return {"environment", origin.name + " " + predicate + "."};
        case Origin::Layer::flag: return {"command line", origin.name + " " + predicate + "."};
        case Origin::Layer::file: return {origin.to_string(), name + " " + predicate + "."};
        case Origin::Layer::default_value: break;
    }
    return {"", name + " " + predicate + "."};
}

}  // namespace evergrant::app
