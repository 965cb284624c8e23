import { Injectable } from '@nestjs/common';

/** Holds the document, which can only be made once the whole application stands. */
@Injectable()
export class OpenApiHolder {
  document: unknown = {};
}
