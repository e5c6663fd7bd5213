insert into category (name) values
  ('lanterns'),
  ('christmas'),
  ('candles'),
  ('lighting'),
  ('jewellery'),
  ('bags'),
  ('stationery'),
  ('party'),
  ('toys'),
  ('kitchen'),
  ('garden'),
  ('home'),
  ('other');
