"""Pictures of the caller's on their way into a training."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from mlfsc._wire import Sent
from mlfsc.errors import Error
from mlfsc.path_text import printable
from mlfsc.pictures import PictureLike, name_of, to_picture
from mlfsc.results import LeftOutPicture, Outlier, TrainResult
from mlfsc.v1 import inspection_pb2 as pb


class SentPictures:
    """Which picture of the caller's each one on the wire is, and which of them were left out."""

    def __init__(
        self, pictures: Iterable[PictureLike], skip_bad: bool, max_bytes: int, bit_depth: int, page: int
    ) -> None:
        #: Of the messages that the pictures went in.
        self.sizes = Sent()
        self._pictures = pictures
        self._skip_bad = skip_bad
        self._max_bytes = max_bytes
        self._bit_depth = bit_depth
        self._page = page
        self._sent: list[tuple[int, str]] = []
        self._unread: list[LeftOutPicture] = []

    def messages(self) -> Iterator[tuple[str, pb.Picture]]:
        """From the first one, with its name. Raises what makes a picture no picture, unless those may be left out."""
        self._sent.clear()
        self._unread.clear()
        self.sizes.begin()
        for index, picture in enumerate(self._pictures):
            name = name_of(picture)
            try:
                message = self._message(picture, name)
            except (OSError, ValueError) as error:
                if not self._skip_bad:
                    raise
                self._unread.append(LeftOutPicture(index, name, printable(str(error))))
                continue
            self._sent.append((index, name))
            yield name, message

    def _message(self, picture: PictureLike, name: str) -> pb.Picture:
        message = to_picture(picture, self._bit_depth, self._page)
        size = message.ByteSize()
        # Beside it in the message are a few bytes that are about it.
        if size + 64 > self._max_bytes:
            raise ValueError(f"{name or 'a picture'}: has {size} bytes; the limit of a message is {self._max_bytes}")
        return message

    def named(self, error: Error) -> Error:
        """`picture 12: not a PNG` with the name of that file in front."""
        found = re.match(r"picture (\d+): ", str(error))
        if found is None or int(found[1]) >= len(self._sent) or not self._sent[int(found[1])][1]:
            return error
        return type(error)(f"{self._sent[int(found[1])][1]}: {error}", retry_delay=error.retry_delay)

    def complete(self, result: TrainResult) -> TrainResult:
        """`result` with those that were never sent, and outliers numbered and named as the caller's pictures."""
        return dataclasses.replace(
            result,
            pictures_skipped=result.pictures_skipped + len(self._unread),
            outliers=tuple(self._outlier(outlier) for outlier in result.outliers),
            left_out=tuple(sorted([*self._unread, *map(self._left_out, result.left_out)], key=lambda one: one.picture)),
        )

    def _left_out(self, one: LeftOutPicture) -> LeftOutPicture:
        index, name = self._sent[one.picture]
        return LeftOutPicture(index, name, one.reason)

    def _outlier(self, outlier: Outlier) -> Outlier:
        if not 0 <= outlier.picture < len(self._sent):
            return outlier
        index, name = self._sent[outlier.picture]
        return dataclasses.replace(outlier, picture=index, name=name)
