#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_join.h"
#include "client/commands/commands.h"
#include "client/generator/defects.h"
#include "client/generator/generator.h"
#include "client/terminal/progress_bar.h"

namespace mlfsc::client {
namespace {

struct Flags {
  GeneratorOptions options;
  std::string folder;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  {
    ProgressBar bar(context.terminal, context.clock);
    ThreadPool threads(std::max(0, static_cast<int>(std::thread::hardware_concurrency()) - 1));
    const absl::Status generated =
        GeneratePictures(flags.options, flags.folder, &threads,
                         [&bar](int done, int total) { bar.ShowWithTimeLeft("drawing", done, total); });
    if (!generated.ok()) return generated;
  }
  *context.terminal.out << flags.folder << ": " << flags.options.train << " good pictures to learn from, "
                        << flags.options.test_good << " to test with, and " << flags.options.test_defective
                        << " with each of " << absl::StrJoin(DefectKinds(), ", ") << '\n';
  return kExitOk;
}

}  // namespace

Command AddGenerate(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  GeneratorOptions& options = flags->options;
  CLI::App* command =
      app->add_subcommand("generate", "Make up a category to try things on: woven cloth, good and defective");
  command->add_option("FOLDER", flags->folder, "Folder to fill, in the MVTec AD layout")
      ->required()
      ->type_name("");
  command->add_option("--train", options.train, "Good pictures to learn from")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_option("--test-good", options.test_good, "Good pictures to test with")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_option("--test-defective", options.test_defective, "Pictures of each kind of defect")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_option("--size", options.size, "Pixels a side")->type_name("NUMBER")->capture_default_str();
  command->add_option("--seed", options.seed, "The same seed gives the same pictures")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  mlfsc generate pictures\n"
      "  mlfsc generate pictures --train 120 --size 512 --seed 7");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
