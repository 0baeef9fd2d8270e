#include "client/commands/reading_flags.h"

#include <limits>

namespace mlfsc::client {

void AddBitDepthFlag(CLI::App* command, int* bit_depth) {
  command
      ->add_option("--bit-depth", *bit_depth,
                   "Bits of a sample that 16-bit files use, 9 to 16 (default: what each file says, else 16)")
      ->check(CLI::Range(9, 16).description(""))
      ->type_name("NUMBER");
}

void AddReadingFlags(CLI::App* command, PictureReading* reading) {
  AddBitDepthFlag(command, &reading->bit_depth);
  command
      ->add_option("--page", reading->page,
                   "Page of TIFF files to read, from 1 (default: the only one that is a full picture)")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""))
      ->type_name("NUMBER");
}

}  // namespace mlfsc::client
