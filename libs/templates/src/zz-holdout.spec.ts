import { readMailFiles } from './mail-files.js';
import { readStarters } from './starters.js';
import { lintPromotion } from './promotion-lint.js';
const files = readMailFiles();
const found = (text: string) => lintPromotion({ en: { subject: text } }, 'service', files);
const good = `
Thank you for your order, Sarah!
Your new headphones: getting started in five minutes
We noticed the lid of your kettle may crack. Here is what to do.
Your technician will arrive between 2 and 4 pm today.
Please rate your delivery experience.
Tips for keeping your leather shoes in good shape
Your password expires in 5 days.
We are closed over the holidays from 24 December to 2 January.
Your refund of the shipping fee is on its way.
Recall: please return the blue toy car to any of our shops.
Order 5521 was cancelled as you asked.
Your spare part is back and will be fitted on Monday.
Here is how to descale your machine.
The courier needs your door code to get in.
If you are not happy with the fit, exchange it for another size for free.
Don't forget to register your product for the extended guarantee you bought.
Your seat cover has been shipped together with the pump.
We have extended the return period to 60 days for everybody.
Use the app to see where your parcel is.
Our shop in Jeddah moved to King Road.
Please sign here to confirm you received the keys.
We would like to know how satisfied you are with the repair.
Your account was used on a new device.
Please bring your own bag when you collect the order.
You have 12 days left to return the item.
Only 2 days left to activate your device.
Your trial of the alarm service ended; the device keeps working.
Turn the knob to the left until it clicks, then wait for 30 seconds.
The offer of a repair you asked for is attached.
We'll try to deliver again tomorrow. No need to do anything.
Your invoice is attached.
Choose a new delivery date
Delivery of your order is delayed by two days
The seller has sent your item
Your membership card is in the post
A new version of the manual
We saved your settings
The workshop has a new address
Your question about the washing machine
Thanks for waiting: your order is ready to collect
Two-factor authentication is now on
We've updated our terms and conditions
Get help from our support team at any time
Order now being prepared
You get a text when the courier is near.
Get the most out of your camera
See the delivery note for details
How do you like your new chair?
Shop opening hours during Ramadan
Your product has been discontinued; support goes on until 2030
شكرًا لطلبك يا ليلى
تعرّف على سماعاتك الجديدة في خمس دقائق
لاحظنا أن غطاء الغلاية قد يتشقق، وإليك ما يجب فعله
سيصل الفني اليوم بين الثانية والرابعة
قيّم تجربة التوصيل من فضلك
نصائح للعناية بالأحذية الجلدية
تنتهي صلاحية كلمة المرور خلال 5 أيام
نغلق أبوابنا خلال العيد من 1 إلى 4 شوال
أُلغي طلبك رقم 5521 بناءً على رغبتك
قطعة الغيار جاهزة وستُركّب يوم الاثنين
كيف تزيل الترسبات من آلتك
إن لم يناسبك المقاس فاستبدله بمقاس آخر مجانًا
مددنا فترة الإرجاع إلى 60 يومًا للجميع
تابع شحنتك من التطبيق
انتقل فرعنا في جدة إلى طريق الملك
نرجو التوقيع لتأكيد استلام المفاتيح
نود معرفة رأيك في الإصلاح
سُجّل الدخول إلى حسابك من جهاز جديد
بقي 12 يومًا لإرجاع القطعة
أدر المقبض إلى اليسار حتى تسمع نقرة
فاتورتك مرفقة
اختر موعدًا جديدًا للتوصيل
تأخر طلبك يومين
بطاقة العضوية في البريد
إصدار جديد من دليل الاستخدام
عنوان الورشة الجديد
سؤالك عن الغسالة
طلبك جاهز للاستلام
فُعّل التحقق بخطوتين
حدّثنا الشروط والأحكام
يمكنك الاتصال بفريق الدعم في أي وقت
طلبك قيد التجهيز الآن
ستصلك رسالة نصية عند اقتراب المندوب
اعرض التقرير من صفحة الحساب
مواعيد العمل في رمضان
نعتذر عن الخطأ في فاتورتك السابقة
تم خصم الرسوم مرتين وسنعيدها إليك
سعر المكالمة يحدده مشغل الشبكة
العرض التقديمي الذي طلبته مرفق
اضبط عرض الصورة من الإعدادات
هل تريد تغيير عنوان التوصيل؟
هل ما زلت تواجه المشكلة نفسها؟
أكد موعد الصيانة من فضلك
اشترك في خدمة التنبيهات من التطبيق لتعرف موعد وصول المندوب
جدد كلمة المرور كل ستة أشهر
لا تفوّت موعد الصيانة الدورية
شكرًا لأنك اشتريت من متجرنا
اطلب صيانة الجهاز من صفحة الدعم
وصل طلبك إلى فرعنا
احصل على المساعدة من فريقنا
`.trim().split('\n');
const bad = `
Take a tenth off when you come back
Summer is here: 15 percent off sandals
We thought you'd love this matching scarf
Your cart misses you
Bestsellers for your kitchen
Everything must go
A little something for you: a 20 riyal voucher
Enter SPRING at checkout for a surprise
Prices you will love
Our biggest sale ever
Free delivery on your next order
Ends Sunday: extra savings for members
Add a protection plan for only 5 dollars
Two for one this weekend
Upgrade your kitchen with our new mixer
Have you seen our new app-only deals?
Unlock your discount
Your friends get 10 off, and so do you
One week only: bags from £20
Pay less for filters
Introducing the new X200. Order yours today.
Now in our store: the winter range
Looking for a gift? See our gift guide.
Grab a bargain
Up to 70% off
Members save more
The wait is over: pre-order now
Ramadan offers are here
Make it a set: add the matching cups
Price from 300 EGP
Would you like to keep receiving our weekly mails?
Tick here if we may go on writing to you about our products
Click to remain on our mailing list
We'd hate to see you go: confirm your subscription
Tell us you still want to be on our list
Win a trip to Dubai
Earn 100 points with your next purchase
50 % OFF
S A L E
Get 3 months of Premium for the price of one
خصم خاص بمناسبة عودتك
الصيف هنا: خصم 15 بالمئة على الصنادل
نظن أنك ستحب هذا الوشاح
سلتك تنتظرك
كل شيء للتصفية
قسيمة بقيمة عشرين ريالًا
أدخل SPRING عند الدفع
أسعار ستعجبك
أكبر تخفيضات على الإطلاق
التوصيل مجاني لطلبك القادم
العرض ينتهي الأحد
أضف خطة حماية بخمسة دولارات فقط
قطعتان بسعر واحدة
جدّد مطبخك مع خلاطنا الجديد
عروض التطبيق فقط
احصل على خصمك
أسبوع واحد فقط: حقائب تبدأ من 20 ريالًا
ادفع أقل مقابل المرشحات
نقدم لك جهاز X200 الجديد، اطلبه اليوم
في متجرنا الآن تشكيلة الشتاء
تبحث عن هدية؟ تصفح دليل الهدايا
اقتنص الفرصة
خصومات تصل إلى 70%
عروض رمضان وصلت
السعر 300 جنيه
هل تود الاستمرار في تلقي رسائلنا الأسبوعية؟
اضغط لتبقى في قائمتنا البريدية
أخبرنا أنك ما زلت تريد البقاء في قائمتنا
اربح رحلة إلى دبي
اجمع 100 نقطة مع مشترياتك القادمة
خصم ٥٠ ٪
تـنـزيـلات
ثلاثة أشهر من الباقة المميزة بسعر شهر
المنتج المناسب لك بسعر لا يُقاوم
أفضل هدية لعيد الأم من متجرنا
`.trim().split('\n');
it('holdout', () => {
  const wrong = good.filter(text => found(text).length > 0);
  const missed = bad.filter(text => found(text).length === 0);
  console.log(good.length, wrong.length, wrong.map(text => `${text} :: ${found(text)[0]?.words} ${found(text)[0]?.code}`));
  console.log(bad.length, missed.length, missed);
  for (const s of readStarters(files)) console.log(s.key, lintPromotion(s.content, 'service', files).map(f => `${f.locale}.${f.part}:${f.line} ${f.code} ${f.words}`));
});
