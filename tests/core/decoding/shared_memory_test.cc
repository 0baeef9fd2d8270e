#include "core/decoding/shared_memory.h"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mlfsc {
namespace {

TEST(SharedMemoryTest, NobodyCanResizeIt) {
  const auto memory = *SharedMemory::Create(WholePages(100'000));
  EXPECT_EQ(ftruncate(memory->descriptor(), 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(memory->descriptor(), 1 << 20), -1);
  EXPECT_EQ(fcntl(memory->descriptor(), F_ADD_SEALS, F_SEAL_WRITE), -1);
}

TEST(SharedMemoryTest, TheDescriptorIsClosedOnExec) {
  const auto memory = *SharedMemory::Create(WholePages(1));
  EXPECT_EQ(fcntl(memory->descriptor(), F_GETFD), FD_CLOEXEC);
}

TEST(SharedMemoryTest, WhatIsReleasedReadsAsZerosAndTheRestStays) {
  const size_t page = WholePages(1);
  const auto memory = *SharedMemory::Create(3 * page);
  for (size_t i = 0; i < 3; ++i) memory->data()[i * page] = 'x';
  memory->Release(page, 2 * page);
  EXPECT_EQ(memory->data()[0], 'x');
  EXPECT_EQ(memory->data()[page], '\0');
  EXPECT_EQ(memory->data()[2 * page], 'x');
}

TEST(SharedMemoryTest, AVastOneTakesNoMemoryUntilItIsUsed) {
  const auto memory = *SharedMemory::Create(size_t{1} << 36);
  memory->data()[(size_t{1} << 36) - 1] = 'x';
  memory->Release(memory->size() - WholePages(1), memory->size());
  EXPECT_EQ(memory->data()[(size_t{1} << 36) - 1], '\0');
}

}  // namespace
}  // namespace mlfsc
