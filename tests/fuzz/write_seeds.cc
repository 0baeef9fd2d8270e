// fuzz-seeds FOLDER: writes FOLDER/<target>/<number>, the seeds of every target, and FOLDER/<target>.dict,
// its words.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/str_format.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

void Write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// As libFuzzer and AFL read it.
std::string ToDictionary(const std::vector<std::string>& words) {
  std::string dictionary;
  for (const std::string& word : words) {
    dictionary += '"';
    for (const char c : word) dictionary += absl::StrFormat("\\x%02x", static_cast<unsigned char>(c));
    dictionary += "\"\n";
  }
  return dictionary;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz-seeds FOLDER\n";
    return 1;
  }
  const std::filesystem::path folder = argv[1];
  for (const std::string& name : mlfsc::fuzz::TargetNames()) {
    const mlfsc::fuzz::Seeds seeds = mlfsc::fuzz::SeedsOf(name);
    std::filesystem::create_directories(folder / name);
    for (size_t i = 0; i < seeds.inputs.size(); ++i) {
      Write(folder / name / absl::StrFormat("%03d", i), seeds.inputs[i]);
    }
    Write(folder / (name + ".dict"), ToDictionary(seeds.words));
    std::cout << name << '\n';
  }
  return 0;
}
