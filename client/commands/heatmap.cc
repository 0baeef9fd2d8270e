#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/in_flight.h"
#include "client/commands/picture_flags.h"
#include "client/commands/picture_notices.h"
#include "client/commands/verdict_cell.h"
#include "client/pictures/float_map.h"
#include "client/pictures/output_paths.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {
namespace {

struct Flags {
  PictureFlags pictures;
  std::string folder;
  std::string format = "overlay";
};

struct Format {
  v1::HeatmapRequest::Format wire;
  std::string extension;
};

const std::map<std::string, Format>& Formats() {
  static const auto& formats =
      *new std::map<std::string, Format>{{"overlay", {v1::HeatmapRequest::OVERLAY_PNG, ".png"}},
                                         {"map", {v1::HeatmapRequest::COLOR_MAP_PNG, ".png"}},
                                         {"float", {v1::HeatmapRequest::FLOAT32_MAP, ".npy"}}};
  return formats;
}

struct Drawn {
  std::string path;
  std::string output;
  absl::StatusOr<v1::Inspection> inspection;
};

absl::Status Write(const v1::HeatmapResponse& response, const std::string& path) {
  if (response.format() != v1::HeatmapRequest::FLOAT32_MAP) return WriteFile(path, response.map());
  const absl::StatusOr<cv::Mat> map = ToFloatMap(response);
  if (!map.ok()) return map.status();
  return WriteFile(path, ToNpy(*map));
}

// Draws one picture; returns an error when the next ones cannot fare better.
absl::Status Draw(const Flags& flags, const Format& format, Client* client, Drawn* drawn) {
  absl::StatusOr<v1::Picture> picture = ReadPicture(drawn->path, flags.pictures.reading);
  if (!picture.ok()) {
    drawn->inspection = picture.status();
    return absl::OkStatus();
  }
  absl::StatusOr<v1::HeatmapResponse> response =
      client->Heatmap(flags.pictures.category, *std::move(picture), format.wire, flags.pictures.version);
  if (!response.ok()) {
    if (!IsAboutThePicture(response.status())) return response.status();
    drawn->inspection = OfPicture(drawn->path, response.status());
    return absl::OkStatus();
  }
  const absl::Status written = Write(*response, drawn->output);
  drawn->inspection = std::move(*response->mutable_inspection());
  return written;
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  const Format& format = Formats().at(flags.format);
  const absl::StatusOr<std::vector<std::string>> paths = FindPictures(
      context, flags.pictures.category, flags.pictures.pictures, flags.pictures.recursive);
  if (!paths.ok()) return paths.status();
  const absl::StatusOr<std::vector<std::string>> outputs =
      OutputPaths(*paths, flags.folder, format.extension);
  if (!outputs.ok()) return outputs.status();
  std::vector<Drawn> drawn;
  for (size_t i = 0; i < paths->size(); ++i) {
    drawn.push_back({(*paths)[i], (*outputs)[i], absl::UnknownError("not drawn")});
  }
  absl::StatusOr<Client> client = flags.pictures.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::Status status =
      RunInFlight(context, flags.pictures.jobs, "drawing", static_cast<int64_t>(drawn.size()),
                  [&](int64_t i) { return Draw(flags, format, &*client, &drawn[i]); });
  if (!status.ok()) return status;

  Table table({{"PICTURE"}, {"VERDICT"}, {"NORMALIZED", Table::Align::kRight}, {"HEATMAP"}});
  int code = kExitOk;
  for (const Drawn& one : drawn) {
    if (one.inspection.ok()) {
      table.Add({one.path, VerdictCell(one.inspection->verdict()),
                 absl::StrFormat("%.3f", one.inspection->normalized_score()), one.output});
    } else {
      table.Add({one.path, Cell("error", Color::kRed), "-", "-"});
      code = kExitError;
    }
  }
  table.Print(context.terminal);
  PictureNotices notices;
  for (const Drawn& one : drawn) {
    if (one.inspection.ok()) {
      notices.Add(one.path, one.inspection->notice());
    } else {
      *context.terminal.err << "mlfsc: " << Printable(one.inspection.status().message()) << '\n';
    }
  }
  notices.Print(context.terminal.err);
  return code;
}

}  // namespace

Command AddHeatmap(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("heatmap", "Draw where pictures depart from good");
  flags->pictures.AddTo(command);
  command->add_option("--out", flags->folder, "Folder for the heatmaps")->required()->type_name("DIR");
  command
      ->add_option("--format", flags->format,
                   "overlay (colours over the picture), map (the colours alone), float (a NumPy file)")
      ->check(CLI::IsMember({"overlay", "map", "float"}).description(""))
      ->capture_default_str()
      ->type_name("WORD");
  command->footer(
      "All heatmaps of a version share one colour scale: a good part stays dark.\n\n"
      "Examples:\n"
      "  mlfsc heatmap carpet part.png --out heatmaps\n"
      "  mlfsc heatmap carpet test/cut test/hole --out heatmaps --format float");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
