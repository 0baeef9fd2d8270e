#include "client/commands/patience.h"

#include <map>

namespace mlfsc::client {

void AddPatienceFlag(CLI::App* command, double* seconds, const std::string& help) {
  const std::map<std::string, double> units = {{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}};
  command->add_option("--patience", *seconds, help)
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::CASE_SENSITIVE, "").description(""))
      ->check(CLI::Range(0.0, 1e9).description(""))
      ->type_name("TIME")
      ->default_str("60s");
}

}  // namespace mlfsc::client
