import { Module } from '@nestjs/common';
import { ContactsModule } from '#contacts';
import { ContactsController } from './contacts.controller.js';

@Module({ imports: [ContactsModule], controllers: [ContactsController] })
export class ContactsApiModule {}
