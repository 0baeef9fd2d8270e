// Writes a bundle's two files and its exported form into a folder, for readers in other languages.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "core/bundle/bundle_archive.h"
#include "core/bundle/manifest_json.h"
#include "tests/testing/bundles.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_bundle FOLDER\n";
    return EXIT_FAILURE;
  }
  const std::string folder = std::string(argv[1]) + "/";
  const mlfsc::Bundle bundle = mlfsc::testing::RandomBundle(mlfsc::testing::SmallOptions(), 1);
  const mlfsc::BundleFiles files = mlfsc::SerialiseBundle(bundle);
  std::ofstream(folder + mlfsc::kArraysFileName, std::ios::binary) << files.arrays;
  std::ofstream(folder + mlfsc::kManifestFileName, std::ios::binary) << files.manifest;
  std::ofstream(folder + "exported.safetensors", std::ios::binary)
      << mlfsc::SerialiseArchive({"bolt", 3, bundle});
  return EXIT_SUCCESS;
}
