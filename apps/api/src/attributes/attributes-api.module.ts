import { Module } from '@nestjs/common';
import { ContactsModule } from '#contacts';
import { AttributesController } from './attributes.controller.js';

@Module({ imports: [ContactsModule], controllers: [AttributesController] })
export class AttributesApiModule {}
