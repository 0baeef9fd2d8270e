#include "tests/testing/golden.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace mlfsc::testing {
namespace {

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::abort();
}

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) Die("cannot read " + path);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

SafetensorsFile ReadGolden(const std::string& name) {
  absl::StatusOr<SafetensorsFile> file = ParseSafetensors(ReadFile(std::string(MLFSC_TESTDATA) + "/" + name));
  if (!file.ok()) Die(name + ": " + std::string(file.status().message()));
  return *std::move(file);
}

std::vector<float> GoldenFloats(const SafetensorsFile& golden, const std::string& name) {
  const auto found = golden.tensors.find(name);
  if (found == golden.tensors.end()) Die("no golden array " + name);
  absl::StatusOr<std::vector<float>> values = ToFloat32(found->second);
  if (!values.ok()) Die(name + ": " + std::string(values.status().message()));
  return *std::move(values);
}

}  // namespace mlfsc::testing
