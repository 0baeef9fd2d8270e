#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/version_number.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  std::string category;
  std::optional<double> threshold;
  std::optional<double> false_alarm_rate;
  int64_t version = 0;
  bool keep_active = false;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  if (flags.threshold.has_value() == flags.false_alarm_rate.has_value()) {
    return absl::InvalidArgumentError("give either a THRESHOLD or --false-alarm-rate");
  }
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  v1::SetThresholdRequest request;
  request.set_category(flags.category);
  request.set_version(flags.version);
  request.set_keep_active(flags.keep_active);
  if (flags.threshold.has_value()) request.set_threshold(*flags.threshold);
  if (flags.false_alarm_rate.has_value()) request.set_false_alarm_rate(*flags.false_alarm_rate);
  const absl::StatusOr<v1::Category> category = client->SetThreshold(request);
  if (!category.ok()) return category.status();
  if (category->versions().empty()) return absl::InternalError("the server names no version");
  // The new one.
  const v1::Version& version = category->versions(category->versions_size() - 1);
  const v1::Calibration& calibration = version.calibration();
  *context.terminal.out << absl::StreamFormat(
      "%s: version %d%s, flagged above %.5g (%.3g %% of good pictures); REVIEW from %.5g to %.5g, NOK "
      "above\n",
      flags.category, version.version(), flags.keep_active ? "" : " answers now", calibration.threshold(),
      100 * calibration.false_alarm_rate(), calibration.review_low(), calibration.review_high());
  return kExitOk;
}

}  // namespace

Command AddThreshold(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app->add_subcommand("threshold", "Move a category's threshold, without learning it again");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command->add_option("THRESHOLD", flags->threshold, "Raw score above which a picture is flagged")
      ->type_name("");
  command
      ->add_option("--false-alarm-rate", flags->false_alarm_rate,
                   "Instead: share of good pictures that may be flagged, 0.0001 to 0.2")
      ->type_name("SHARE");
  command->add_option("--version", flags->version, "Whose limits to change [the active one's]")
      ->check(VersionNumber())
      ->type_name("NUMBER");
  command->add_flag("--keep-active", flags->keep_active, "Leave the version that answers now in its place");
  flags->connection.AddTo(command);
  command->footer(
      "The new limits are a version of their own: `mlfsc activate` leads back.\n\n"
      "Examples:\n"
      "  mlfsc threshold carpet 9.5\n"
      "  mlfsc threshold carpet --false-alarm-rate 0.002");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
