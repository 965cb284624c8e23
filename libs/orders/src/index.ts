export { type Order } from './order.js';
export * from './orders.module.js';
export { Shop, type ShopKind, shopKinds } from './shop.entity.js';
export * from './told-order.js';
